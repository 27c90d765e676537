package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

const (
	shortest   = 8 * time.Second
	patience   = 30 * time.Second // for what must come; no measure of anything
	resting    = time.Second      // the exchange, until Books are compared with it
	afterwards = 2 * time.Second  // what is kept of the time for the take-over's end
)

var errBroken = errors.New("not all that is promised held")

// play is the plot.
func (s *show) play(ctx context.Context) error {
	s.say("exchange", "%d markets, %g changes a second, on %s", s.o.markets, s.o.rate, s.server.RESTURL())
	s.say("NATS", "%s, bucket %s", hosts(s.o.nats), s.o.bucket)
	for _, scene := range []func(context.Context) error{s.begin, s.lose, s.compare, s.end} {
		if err := scene(ctx); err != nil {
			return err
		}
		if ctx.Err() != nil {
			s.say("SUMMARY", "interrupted")
			return s.end(context.WithoutCancel(ctx))
		}
	}
	s.summary()
	if len(s.broken) > 0 {
		return fmt.Errorf("%w: %d", errBroken, len(s.broken))
	}
	return nil
}

// fails is the error of what did not come, unless ctx ended.
func fails(ctx context.Context, what string) error {
	if ctx.Err() != nil {
		return nil
	}
	return errors.New(what)
}

// begin starts everything.
func (s *show) begin(ctx context.Context) error {
	collector, err := s.collect("collector")
	if err != nil {
		return err
	}
	if !s.until(ctx, patience, func() bool { return collector.last.State == ticker.Live || collector.exited }) || collector.exited {
		return fails(ctx, "the collector is not live")
	}
	for i := range s.o.readers {
		p, err := s.launch(fmt.Sprintf("reader %d", i+1), "reader")
		if err != nil {
			return err
		}
		s.readers = append(s.readers, &reader{process: p})
	}
	if !s.until(ctx, patience, func() bool { return s.readersLive(s.began) || collector.exited }) || collector.exited {
		return fails(ctx, "the readers are not all live")
	}
	s.judge.passes("collector", time.Now())
	standby, err := s.collect("standby")
	if err != nil {
		return err
	}
	if !s.until(ctx, patience, func() bool { return standby.last.State == ticker.Live || standby.exited }) || standby.exited {
		return fails(ctx, "the stand-by is not live")
	}
	s.sleep(ctx, time.Until(s.began.Add(s.o.length/2)))
	return nil
}

// collect starts a collector, or a stand-by, of the exchange.
func (s *show) collect(role string) (*process, error) {
	return s.launch(role, role, "-rest", s.server.RESTURL(), "-ws", s.server.WebSocketURL())
}

// readersLive reports whether all readers know every market, and have heard of the
// exchange since a moment.
func (s *show) readersLive(since time.Time) bool {
	for _, r := range s.readers {
		if l := &r.last; r.exited || l.State != ticker.Live || l.Known != s.o.markets || !l.Newest.After(since) {
			return false
		}
	}
	return true
}

// compare has the exchange rest, and compares each reader's Book with it.
func (s *show) compare(ctx context.Context) error {
	s.server.SetRate(0)
	s.say("exchange", "rests, so that Books can be compared with it")
	s.sleep(ctx, resting)
	for _, r := range s.readers {
		r.book = nil
		r.ask()
	}
	s.until(ctx, patience, func() bool {
		for _, r := range s.readers {
			if r.book == nil && !r.exited {
				return false
			}
		}
		return true
	})
	return nil
}

// end ends every process as its user would.
func (s *show) end(ctx context.Context) error {
	s.ending = true
	for _, p := range s.all {
		p.end()
	}
	if !s.until(ctx, patience, func() bool {
		for _, p := range s.all {
			if !p.exited {
				return false
			}
		}
		return true
	}) && ctx.Err() == nil {
		s.breaks("not every process ends")
	}
	return nil
}
