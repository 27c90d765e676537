package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// shard is one connection and the markets that it is to carry, kept open until the
// run ends: it has its own link, clock and back-off.
type shard struct {
	r        *Run
	renew    chan error             // why the open connection has to be replaced by another
	listings []exchange.Listing     // under r.mu, as are the following
	refused  map[ticker.Market]bool // those that the exchange would not serve on the last connection
	open     *open                  // nil while there is none
}

// open is a shard's connection while it is open.
type open struct {
	asked   []exchange.Listing     // the markets that it was opened for
	refused map[ticker.Market]bool // those of them that the exchange would not serve
	stream  exchange.Stream
	flight  *exchange.Flight // what is recorded of it
	since   time.Time        // when it was dialled
	ctx     context.Context  // ends with the connection
	cut     context.CancelCauseFunc
	done    chan struct{} // closed when it has ended
	err     error         // why; to be read when done is closed
	link    *ticker.Link
	watch   watch
	heard   atomic.Int64 // when data or a heartbeat last came, in ns since the watch began
}

// start starts a shard for the markets.
func (r *Run) start(ctx context.Context, ls []exchange.Listing) {
	s := &shard{r: r, listings: ls, renew: make(chan error, 1)}
	r.mu.Lock()
	r.shards = append(r.shards, s)
	n := len(r.shards)
	r.mu.Unlock()
	r.Keeper.Expect(n)
	r.goes(func() error { return s.run(ctx) })
}

// run keeps the connection open until ctx ends.
func (s *shard) run(ctx context.Context) error {
	r := s.r
	bo := r.backoff()
	for {
		o, err := s.connect(ctx)
		if err == nil {
			bo.Up()
			s.begin(ctx, o)
			err = s.serve(ctx, o)
		}
		if ctx.Err() != nil {
			return nil
		}
		if fatal := r.Failed(ctx, "connection", err); fatal != nil {
			return fatal
		}
		if r.pace.out() {
			continue // the back-off that all share
		}
		if err := Sleep(ctx, bo.Next()); err != nil {
			return nil
		}
	}
}

// connect opens one connection for the markets of the shard, when the pace that
// all share allows it. Who gets it closes its stream, and tells the pace.
func (s *shard) connect(ctx context.Context) (o *open, err error) {
	r := s.r
	err = r.pace.attempt(ctx, func(ctx context.Context) error {
		asked := s.wanted()
		o = &open{asked: asked, flight: r.o.Record.Flight(asked), since: time.Now(), done: make(chan struct{})}
		dial, stop := context.WithTimeoutCause(ctx, r.o.Connect, fmt.Errorf("not connected and subscribed within %v", r.o.Connect))
		defer stop()
		stream, err := r.src.Connect(o.flight.Context(dial), o.asked)
		if stream == nil {
			if err == nil {
				err = errors.New("the adapter returned no stream")
			}
			return err
		}
		if o.refused, err = r.refused(err); err != nil {
			_ = stream.Close()
			return err
		}
		o.stream = stream
		return nil
	})
	if err != nil && o != nil {
		o.flight.Closed(err)
	}
	return o, err
}

// wanted returns the markets of the shard, as a connection that is opened now has
// to carry them.
func (s *shard) wanted() []exchange.Listing {
	select {
	case <-s.renew:
	default:
	}
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	return s.listings
}

// begin has a connection read to its end, in a goroutine of the run.
func (s *shard) begin(ctx context.Context, o *open) {
	r := s.r
	o.ctx, o.cut = context.WithCancelCause(ctx)
	since := s.opened(o)
	r.Log.Info("connected", "markets", len(o.asked))
	signal(r.wake)
	r.wg.Go(func() {
		defer close(o.done)
		defer r.pace.lost()
		defer o.stream.Close()
		err := s.guarded(o, since)
		r.mu.Lock()
		if s.open == o {
			s.open = nil
		}
		r.mu.Unlock()
		switch {
		case ctx.Err() != nil:
			o.err, err = ctx.Err(), nil
		case errors.Is(err, errHandedOver):
			o.err, err = err, nil
			r.Log.Info("connection replaced")
		default:
			o.err = err
			r.Log.Warn("connection lost", "err", err)
		}
		o.link.Close(err)
		r.landed(o.flight, err)
	})
}

// guarded reads the connection until it ends or the guard cuts it, and returns
// why. Subscribing to the markets that came during the dial needs the reading.
func (s *shard) guarded(o *open, since []exchange.Listing) error {
	o.watch.began, o.watch.beganWall = s.r.o.Clock()
	o.watch.due.Store(int64(guardEvery))
	var wg sync.WaitGroup
	wg.Go(func() {
		<-o.ctx.Done()
		_ = o.stream.Close() // unblocks the reading
	})
	wg.Go(func() { s.guard(o) })
	if s.r.Feed.Quiet && s.r.o.Idle > 0 && s.r.o.Ask != nil {
		wg.Go(func() { s.listen(o) })
	}
	wg.Go(func() { s.subscribe(o, since, nil) })
	o.cut(s.read(o)) // the first cause stays
	wg.Wait()
	return context.Cause(o.ctx)
}

// read applies frame after frame, in place, until the connection ends.
func (s *shard) read(o *open) error {
	var us []ticker.Update
	spoke := false
	for {
		var err error
		us, err = o.stream.Read(o.ctx, us[:0])
		now, wall := s.r.o.Clock()
		mono, byWall := o.watch.at(now, wall)
		if jumped := o.watch.jumped(mono, byWall); jumped != nil {
			return jumped
		}
		o.readOn(now, mono)
		if len(us) > 0 {
			if err := o.link.Stream(us, s.r.received(us, now)); err != nil {
				return err
			}
			if !spoke {
				spoke = true
				signal(s.r.wake) // where nothing is acknowledged, the link begins now
			}
		}
		if err != nil {
			var frame *exchange.FrameError
			switch {
			case errors.Is(err, exchange.ErrEnding):
				s.replace(err)
			case !errors.As(err, &frame):
				return err
			default:
				s.r.bad(err)
				if errors.Is(err, exchange.ErrUnknownMarket) {
					signal(s.r.hint)
				}
			}
			if len(us) == 0 {
				continue
			}
		}
		if len(us) == 0 {
			o.link.Heard(now)
		}
		o.heard.Store(int64(mono))
	}
}

// received is when a frame was read: now, unless the stream kept it from before
// the acknowledgement and says so. What a relay says is when its origin read it.
func (r *Run) received(us []ticker.Update, now time.Time) time.Time {
	if r.Feed.Relay {
		return now
	}
	u := &us[0]
	for _, t := range [...]time.Time{u.Trade.Received, u.Quote.Received, u.Stats.Received} {
		if !t.IsZero() && t.Before(now) {
			return t
		}
	}
	return now
}
