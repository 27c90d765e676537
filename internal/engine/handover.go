package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/backoff"
)

// Why a connection is replaced by another while it is open.
var (
	errAge        = errors.New("the connection is getting old")
	errMarkets    = errors.New("renewed for new markets")
	errHandedOver = errors.New("another connection has taken its place")
)

const (
	takeOver = 100 * time.Millisecond // how often markets pass
	// overlap is how long two connections are open at least, while markets are
	// left: those that rest for a moment pass without their AsOf standing still.
	overlap = 6 * time.Second
	// overlapMost is how long at most, while markets would have to be asked for:
	// the old connection may be silent for as long as its heartbeats are apart.
	overlapMost = 30 * time.Second
)

// life is how long a connection is kept, so that it ends before the exchange cuts
// it, and those that were opened together do not end together; 0: for ever.
func (r *Run) life() time.Duration {
	age := r.o.MaxAge
	if age <= 0 {
		return 0
	}
	return age*4/5 + r.jitter(age*3/20)
}

// serve waits for the end of a connection, and of every one that takes its place,
// and returns why the last one ended.
func (s *shard) serve(ctx context.Context, o *open) error {
	for next := o; next != nil; {
		o, next = next, s.succeed(ctx, next)
	}
	<-o.done
	return o.err
}

// succeed returns the connection that has taken the place of another; nil: that
// one has ended, or is about to.
func (s *shard) succeed(ctx context.Context, o *open) *open {
	r := s.r
	due := time.NewTimer(time.Hour)
	defer due.Stop()
	due.Stop()
	if life := r.life(); life > 0 {
		due.Reset(time.Until(o.since.Add(life)))
	}
	bo := backoff.Backoff{Rand: r.newRand()}
	why := errAge
	for {
		select {
		case <-o.done:
			return nil
		case <-due.C:
		case why = <-s.renew:
		}
		next, err := s.handOver(ctx, o, why)
		if next != nil {
			return next
		}
		if ctx.Err() != nil {
			return nil
		}
		r.Keeper.Failed(fmt.Errorf("replacing a connection: %w", err))
		r.Log.Warn("a connection could not be replaced", "err", err)
		due.Reset(bo.Next())
	}
}

// handOver replaces an open connection by another, which it returns. Of those of a
// run one is replaced at a time, so that the exchange sees no more than one too
// many, unless it wishes it. While the other cannot be had the old one goes on.
func (s *shard) handOver(ctx context.Context, o *open, why error) (*open, error) {
	r := s.r
	if !errors.Is(why, exchange.ErrEnding) {
		select {
		case <-o.done:
			return nil, o.err
		case r.turn <- struct{}{}:
		}
		defer func() { <-r.turn }()
	}
	if !errors.Is(why, errAge) && !errors.Is(why, errMarkets) {
		r.Keeper.Failed(fmt.Errorf("connection: %w", why))
	}
	next, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	s.begin(ctx, next)
	r.Log.Info("replacing a connection", "why", why)
	if !s.pass(o, next) {
		r.mu.Lock()
		s.open, s.refused = o, o.refused
		r.mu.Unlock()
		return nil, fmt.Errorf("the other: %w", next.err)
	}
	return next, nil
}

// pass has the markets of a connection pass to the next, and closes it. It returns
// false if the next ended, and the other did not.
func (s *shard) pass(o, next *open) bool {
	tick := time.NewTicker(takeOver)
	defer tick.Stop()
	for began := time.Now(); ; {
		left, unsure := next.link.TakeOver()
		if age := time.Since(began); left == 0 || age >= overlapMost || age >= overlap && unsure == 0 {
			break
		}
		select {
		case <-tick.C:
			continue
		case <-next.done:
			if o.ctx.Err() == nil {
				return false
			}
		case <-o.done:
		}
		break
	}
	o.cut(errHandedOver)
	<-o.done
	for left := 1; left > 0; {
		if left, _ = next.link.TakeOver(); left > 0 {
			select {
			case <-tick.C:
			case <-next.done:
				return true
			}
		}
	}
	return true
}
