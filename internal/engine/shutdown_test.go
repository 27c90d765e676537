package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// Wherever Run is when its context ends, it returns within a second, and nothing
// of it is left: the bubble waits for every goroutine.
func TestShutdown(t *testing.T) {
	for _, c := range []struct {
		in   string
		with func(*simexchange.Server)
		want ticker.State
	}{
		{"list", func(s *simexchange.Server) { s.Fail(-1, simexchange.Hang(), "/markets") }, ticker.Connecting},
		{"list that fails", func(s *simexchange.Server) { s.Fail(-1, simexchange.Status(500), "/markets") }, ticker.Connecting},
		{"handshake", func(s *simexchange.Server) { s.FailConnect(-1, simexchange.Hang()) }, ticker.Connecting},
		{"subscription", func(s *simexchange.Server) { s.Mute(true) }, ticker.Connecting},
		{"subscription, cut off", func(s *simexchange.Server) { s.Mute(false) }, ticker.Connecting},
		{"tickers", func(s *simexchange.Server) { s.Fail(-1, simexchange.Hang(), "/ticker") }, ticker.Syncing},
		{"endless answer", func(s *simexchange.Server) { s.Fail(-1, simexchange.Endless(), "/ticker") }, ticker.Syncing},
		{"answers held back", func(s *simexchange.Server) { s.Hold(-1, "/ticker") }, ticker.Syncing},
		{"pause", func(s *simexchange.Server) { s.Fail(-1, simexchange.Limited("3600"), "/ticker") }, ticker.Syncing},
		{"back-off", func(s *simexchange.Server) { s.Refuse(false, true) }, ticker.Connecting},
		{"ban", func(s *simexchange.Server) { s.FailConnect(-1, simexchange.Limited("3600")) }, ticker.Connecting},
		{"live", nil, ticker.Live},
	} {
		for _, s := range both {
			t.Run(s.name+"/"+c.in, func(t *testing.T) {
				play(t, s, keyedPlace, c.with, func(w *world) {
					time.Sleep(5500 * time.Millisecond)
					assert.Equal(w, c.want, w.book.Status().State)
				})
			})
		}
	}
}

// The same while the connection is mute, and when cancelled twice.
func TestShutdownWhileMute(t *testing.T) {
	for _, s := range both {
		for _, pongs := range []bool{true, false} {
			t.Run(s.name, func(t *testing.T) {
				play(t, s, notebook, nil, func(w *world) {
					w.until("live", live)
					w.sim.Mute(pongs)
					time.Sleep(17 * time.Second) // a ping is under way
					w.stop()
				})
			})
		}
	}
}

// The same in an outage, when fifty wait for the one that tries.
func TestShutdownInOutage(t *testing.T) {
	for _, s := range both {
		t.Run(s.name, func(t *testing.T) {
			crowd(t, s, func(w *world) {
				w.sim.Refuse(false, true)
				w.sim.Drop()
				time.Sleep(3 * time.Minute)
			})
		})
	}
}

// The same while REST is asked after a silence, and when that has failed, and while
// the stream is given time to tell what REST told.
func TestShutdownAfterSilence(t *testing.T) {
	for _, s := range both {
		for _, c := range []struct {
			in     string
			answer simexchange.Failure
		}{
			{"request", simexchange.Hang()},
			{"back-off", simexchange.Status(500)},
			{"grace", simexchange.Failure{}},
		} {
			t.Run(s.name+"/"+c.in, func(t *testing.T) {
				play(t, s, notebook, nil, func(w *world) {
					w.until("live", live)
					w.sim.SetRate(0)
					w.sim.Mute(true)
					if c.in == "grace" {
						w.sim.Tick()
					} else {
						w.sim.Fail(-1, c.answer)
					}
					time.Sleep(31 * time.Second)
					assert.Equal(w, ticker.Live, w.book.Status().State)
				})
			})
		}
	}
}

// With several requests in flight, all are given up.
func TestShutdownWithRequestsInFlight(t *testing.T) {
	bubble(t, "singlesync", func(t *testing.T) {
		flying := make(chan struct{}, 10)
		src := &fake{feed: everyTrade()}
		src.feed.Budget = exchange.NewBudget(100, 10)
		src.fetch = func(ctx context.Context, _ exchange.Listing) (ticker.Update, error) {
			flying <- struct{}{}
			<-ctx.Done()
			time.Sleep(500 * time.Millisecond) // it takes its time
			return ticker.Update{}, context.Cause(ctx)
		}
		src.markets = func(context.Context) ([]exchange.Listing, error) { return listings("A-X", "B-X", "C-X", "D-X"), nil }
		w := start(t, both[1], src)
		for range 4 {
			<-flying
		}
		w.end()
		assert.Zero(t, w.book.Status().Backfill.Failed, "what was given up has not failed")
	})
}

// slowClose is a stream whose closing takes a while.
type slowClose struct {
	*tape
	closing time.Duration
}

func (s *slowClose) Close() error {
	err := s.tape.Close() // unblocks Read at once
	time.Sleep(s.closing)
	return err
}

// Run waits for a stream that is being closed: when it has returned nothing of it
// goes on.
func TestShutdownWaitsForClose(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			w := start(t, s, connecting(&slowClose{newTape(), 300 * time.Millisecond}, nil))
			w.until("live", live)
			at := time.Now()
			w.end()
			assert.GreaterOrEqual(t, time.Since(at), 300*time.Millisecond)
		})
	}
}
