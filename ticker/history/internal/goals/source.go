package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/ticker"
	"github.com/tickersync/tickersync/ticker/history"
)

// source is a Book that is told quotes, and a recorder of it.
type source struct {
	book     ticker.Book
	link     *ticker.Link
	recorder *history.Recorder
	told     int64 // each quote's bid is its number, in hundredths
	frame    []ticker.Update
	done     chan error
	cancel   context.CancelFunc
}

// newSource begins to record under a name, with a spool in dir, through the gate.
func newSource(ctx context.Context, s *server, g *gate, name, dir string) (*source, error) {
	pool, err := g.pool(ctx, s.url)
	if err != nil {
		return nil, err
	}
	f := &source{done: make(chan error, 1), recorder: &history.Recorder{Name: name, Pool: pool, Dir: dir, Limit: 8 << 30}}
	if _, err := f.book.Keep(name); err != nil {
		return nil, err
	}
	var ms []ticker.Market
	for i := range series {
		ms = append(ms, ticker.Market(fmt.Sprintf("M%d-EUR", i)))
	}
	f.link = f.book.Link(ms, ticker.Feed{Quote: ticker.Told{Kind: ticker.EveryChange}})
	for i := range 100 {
		u := ticker.Update{Groups: ticker.QuoteGroup}
		u.Market = ms[i%series]
		f.frame = append(f.frame, u)
	}
	ctx, f.cancel = context.WithCancel(ctx)
	go func() {
		f.done <- f.recorder.Run(ctx, &f.book)
		pool.Close()
	}()
	// Quotes count from when the recorder follows: what was told before, it gets as
	// one of each market.
	if err := f.tell(series); err != nil {
		return nil, errors.Join(err, f.stop())
	}
	if err := f.fill(ctx, 0); err != nil {
		return nil, errors.Join(err, f.stop())
	}
	return f, nil
}

// stop ends the recording.
func (f *source) stop() error {
	f.cancel()
	if err := <-f.done; !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// tell tells n quotes in one frame, at most 100.
func (f *source) tell(n int) error {
	now := time.Now()
	for i := range n {
		f.told++
		q := &f.frame[i].Quote
		q.Bid, q.Ask = decimal.MustNew(f.told, 2), decimal.MustNew(f.told+1, 2)
		q.BidSize, q.AskSize = decimal.MustNew(1234567, 6), decimal.MustNew(7654321, 6)
	}
	return f.link.Stream(f.frame[:n], now)
}

// fill tells n quotes as fast as the spool takes them, and returns when it has.
func (f *source) fill(ctx context.Context, n int) error {
	for n > 0 || f.recorder.Status().Changes < uint64(f.told) {
		if err := f.alive(ctx); err != nil {
			return err
		}
		if behind := f.told - int64(f.recorder.Status().Changes); n == 0 || behind > 8000 {
			time.Sleep(time.Millisecond)
			continue
		}
		if err := f.tell(min(n, 100)); err != nil {
			return err
		}
		n -= min(n, 100)
	}
	return nil
}

// written waits until so many rows are in the database, and returns when that was.
func (f *source) written(ctx context.Context, rows uint64) (time.Time, uint64, error) {
	for {
		if n := f.recorder.Status().Rows; n >= rows {
			return time.Now(), n, nil
		}
		if err := f.alive(ctx); err != nil {
			return time.Time{}, 0, err
		}
		time.Sleep(500 * time.Microsecond)
	}
}

// alive is nil while the recorder works.
func (f *source) alive(ctx context.Context) error {
	select {
	case err := <-f.done:
		f.done <- err
		return fmt.Errorf("the recorder has ended: %w", err)
	case <-ctx.Done():
		return ctx.Err()
	default:
		return nil
	}
}
