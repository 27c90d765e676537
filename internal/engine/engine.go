package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// Filler asks REST for what the Book wants, until ctx ends. An error ends the run.
type Filler func(ctx context.Context, r *Run) error

// Run is one engine at work. Fillers use its exported parts.
type Run struct {
	Book   *ticker.Book
	Keeper *ticker.Keeper
	Feed   exchange.Feed
	Log    *slog.Logger

	src   exchange.Source
	o     Options
	pace  *pace
	turn  chan struct{} // held by the shard that replaces its connection
	wake  chan struct{} // a link was opened, or the list has changed
	hint  chan struct{} // the stream spoke of a market that the list lacks
	fatal chan error    // what cannot get better
	wg    sync.WaitGroup

	mu     sync.Mutex
	rng    *rand.Rand
	shards []*shard
	list   map[ticker.Market]exchange.Listing
	order  []ticker.Market // of the list
	last   *ticker.Link    // the last that was opened
}

// Do keeps book true with src until ctx ends or something cannot get better, and
// returns ctx's cause or that error. Every goroutine that it started has ended.
func Do(ctx context.Context, book *ticker.Book, src exchange.Source, o Options, fill Filler) (err error) {
	keeper, err := book.Keep(src.Name())
	if err != nil {
		return fmt.Errorf("%s: %w", o.Name, err)
	}
	o.Record.Start(src.Name())
	feed := src.Feed()
	if c, ok := ctx.Value(clockKey{}).(Clock); ok {
		o.Clock = c
	}
	o = o.complete(&feed)
	r := &Run{
		Book: book, Keeper: keeper, Feed: feed, Log: o.Logger.With("exchange", src.Name()), src: src, o: o,
		turn: make(chan struct{}, 1), wake: make(chan struct{}, 1), hint: make(chan struct{}, 1), fatal: make(chan error, 1),
		rng: newRand(ctx),
	}
	r.pace = newPace(r)
	if r.Feed.Budget != nil {
		keeper.Budget(r.Feed.Budget.Left)
	}
	run, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		r.wg.Wait()
		if c, ok := src.(exchange.IdleCloser); ok {
			c.CloseIdleConnections()
		}
		keeper.End(err)
	}()
	ended := func(err error) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("%s: %w", o.Name, err)
	}
	if err := r.firstList(run); err != nil {
		return ended(err)
	}
	r.goes(func() error { return r.relists(run) })
	r.goes(func() error { return fill(run, r) })
	r.audits(run)
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case err := <-r.fatal:
		return ended(err)
	}
}

// goes runs f in a goroutine of the run; an error of it ends the run.
func (r *Run) goes(f func() error) {
	r.wg.Go(func() {
		if err := f(); err != nil {
			r.end(err)
		}
	})
}

// end ends the run, with what cannot get better.
func (r *Run) end(err error) {
	select {
	case r.fatal <- err:
	default:
	}
}

// Wake is signalled when a link was opened or the list has changed: something may
// be wanted that was not before.
func (r *Run) Wake() <-chan struct{} { return r.wake }

// Link returns a link to answer through: an open one, the last one that was while
// there is none, nil before the first.
func (r *Run) Link() *ticker.Link {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.shards {
		if s.open != nil {
			return s.open.link
		}
	}
	return r.last
}

// Whole reports whether no connection is missing.
func (r *Run) Whole() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.shards {
		if s.open == nil {
			return false
		}
	}
	return true
}

// Listing returns a market as the exchange last listed it.
func (r *Run) Listing(m ticker.Market) (exchange.Listing, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, ok := r.list[m]
	return l, ok
}

// Trading returns the trading markets in the order of the exchange's list.
func (r *Run) Trading() []exchange.Listing { return r.listed(false) }

// subscribed returns the markets to be subscribed to: those that trade; of a relay
// all, for it tells what is known of the others.
func (r *Run) subscribed() []exchange.Listing { return r.listed(r.Feed.Relay) }

func (r *Run) listed(all bool) []exchange.Listing {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ls []exchange.Listing
	for _, m := range r.order {
		if l := r.list[m]; l.Trading || all {
			ls = append(ls, l)
		}
	}
	return ls
}

// Failed publishes an error that the run goes on from; a *exchange.FrameError
// counts as an unreadable frame. It returns the error where nothing can go on.
func (r *Run) Failed(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var frame *exchange.FrameError
	if errors.As(err, &frame) {
		r.bad(err)
		return nil
	}
	err = fmt.Errorf("%s: %w", what, err)
	if exchange.IsPermanent(err) {
		return err
	}
	r.Keeper.Failed(err)
	return nil
}

// Sleep waits for d, or until ctx ends, which it returns.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Retry returns how long to wait after an error: as long as the exchange said, or
// a random time up to d.
func (r *Run) Retry(err error, d time.Duration) time.Duration {
	var limit *exchange.RateLimitError
	if errors.As(err, &limit) && limit.RetryAfter > 0 {
		return limit.RetryAfter + r.jitter(d)
	}
	return r.jitter(d)
}

// jitter returns a random time in (0, d].
func (r *Run) jitter(d time.Duration) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return 1 + time.Duration(r.rng.Int64N(int64(max(d, 1))))
}

// newRand returns a source of its own for one goroutine.
func (r *Run) newRand() *rand.Rand {
	r.mu.Lock()
	defer r.mu.Unlock()
	return rand.New(rand.NewPCG(r.rng.Uint64(), 2))
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

type seedKey struct{}

// WithSeed makes the random waits of runs under ctx repeatable, for simulations.
func WithSeed(ctx context.Context, seed uint64) context.Context {
	return context.WithValue(ctx, seedKey{}, seed)
}

func newRand(ctx context.Context) *rand.Rand {
	seed, ok := ctx.Value(seedKey{}).(uint64)
	if !ok {
		seed = rand.Uint64()
	}
	return rand.New(rand.NewPCG(seed, 1))
}
