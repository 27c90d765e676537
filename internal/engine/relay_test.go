package engine_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// relay is a Source that repeats a Book: what a test puts on its tape.
type relay struct {
	fake
	tape *tape
	list atomic.Pointer[[]exchange.Listing]
	tell func(add []exchange.Listing) // called while it subscribes
}

func newRelay(ms ...ticker.Market) *relay {
	r := &relay{tape: newTape(), tell: func([]exchange.Listing) {}}
	r.lists(listings(ms...)...)
	r.feed.Relay, r.feed.Idle = true, 2*time.Second
	r.markets = func(context.Context) ([]exchange.Listing, error) { return *r.list.Load(), nil }
	r.snapshot = func(context.Context) ([]ticker.Update, error) { return nil, errors.New("asked for a snapshot") }
	r.fetch = func(context.Context, exchange.Listing) (ticker.Update, error) {
		return ticker.Update{}, errors.New("asked for a market")
	}
	r.connect = thenTape(&subscriber{r.tape, func(_ context.Context, add, _ []exchange.Listing) error {
		r.tell(add)
		return nil
	}}, nil)
	return r
}

// lists has the origin list these from now on.
func (r *relay) lists(ls ...exchange.Listing) { r.list.Store(&ls) }

// repeated is a trade of half a minute ago, as the origin has it.
func repeated(m ticker.Market, p string) ticker.Update {
	u := price(m, p)
	u.Origin = &ticker.Origin{Link: 1, Follows: ticker.TradeGroup, Known: true}
	u.Trade.Stamp = ticker.Stamp{Received: time.Now().Add(-30 * time.Second), Source: ticker.Stream, Kind: ticker.EveryChange}
	return u
}

// heartbeat is the origin's, of a second ago.
func heartbeat() ticker.Update {
	feed := everyTrade().Feed
	return ticker.Update{Origin: &ticker.Origin{
		Link: 1, Feed: &feed, Heard: time.Now().Add(-time.Second),
		Status: &ticker.OriginStatus{Name: "one", Epoch: 1, State: ticker.Live},
	}}
}

// beat has the relay tell a heartbeat now and in each quarter of a second.
func (r *relay) beat(d time.Duration) {
	for range d / (250 * time.Millisecond) {
		r.tape.frames <- []ticker.Update{heartbeat()}
		time.Sleep(250 * time.Millisecond)
	}
}

// A relay's Book needs no REST: its stream tells all, and its heartbeats keep it
// fresh and connected.
func TestRelay(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			r := newRelay()
			r.lists(exchange.Listing{Market: "A-X", Trading: true}, exchange.Listing{Market: "B-X"})
			w := start(t, s, r)
			defer w.end()
			halted := repeated("B-X", "2")
			halted.Origin = &ticker.Origin{Halted: true, Known: true}
			halted.Trade.AsOf = time.Now().Add(-5 * time.Second)
			r.tape.frames <- []ticker.Update{halted, repeated("A-X", "1")}
			r.beat(time.Minute)
			st := w.book.Status()
			assert.Equal(w, ticker.Live, st.State)
			assert.NoError(w, st.LastError)
			assert.Equal(w, map[ticker.Market]string{"A-X": "1", "B-X": "2"}, w.prices(), "also what does not trade")
			assert.Equal(w, map[ticker.Market]string{"B-X": "not trading"}, st.Refused)
			assert.EqualValues(w, 1, st.Origin.Epoch)
			held, _ := w.book.Get("B-X")
			assert.Equal(w, halted.Trade.Stamp, held.Trade.Stamp, "as at the origin")
			got, err := w.book.Trade("A-X", 2*time.Second)
			require.NoError(w, err)
			assert.Equal(w, 1250*time.Millisecond, got.Age())
			time.Sleep(2 * time.Second)
			assert.Equal(w, 1, w.book.Status().Reconnects)
			assert.ErrorContains(w, w.book.Status().LastError, "silent for 2s")
		})
	}
}

// A relay whose origin is not there yet is read within a second of its coming.
func TestRelayWaitsForItsOrigin(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			r := newRelay("A-X")
			there := time.Now().Add(10 * time.Minute)
			var asked atomic.Int32
			r.markets = func(context.Context) ([]exchange.Listing, error) {
				if asked.Add(1); time.Now().Before(there) {
					return nil, errors.New("no such bucket")
				}
				return *r.list.Load(), nil
			}
			w := start(t, s, r)
			defer w.end()
			time.Sleep(time.Until(there))
			assert.ErrorContains(w, w.book.Status().LastError, "no such bucket")
			assert.Less(w, asked.Load(), int32(2400), "twice a second, or so")
			r.tape.frames <- []ticker.Update{repeated("A-X", "1")}
			time.Sleep(time.Second + time.Millisecond)
			assert.Equal(w, map[ticker.Market]string{"A-X": "1"}, w.prices())
		})
	}
}

// However often a relay's connection is lost, it is back within a second: its readers
// have no other way to learn of a take-over.
func TestRelayComesBackSoon(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			r := newRelay("A-X")
			var opened, most time.Duration
			began, n := time.Now(), 0
			r.connect = func(context.Context, []exchange.Listing) (exchange.Stream, error) {
				now := time.Since(began)
				most, opened, n = max(most, now-opened), now, n+1
				return newTape(), nil
			}
			w := start(t, s, r)
			time.Sleep(10 * time.Minute)
			w.end()
			assert.LessOrEqual(t, most, r.feed.Idle+time.Second)
			assert.Greater(t, n, 200)
		})
	}
}

// What the origin lists anew is here within a second, though the list is read every
// ten minutes, and nothing that is told while it is subscribed to is lost.
func TestRelayHintsAtAMarket(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			r := newRelay("A-X")
			r.tell = func(add []exchange.Listing) {
				for _, l := range add {
					r.tape.frames <- []ticker.Update{repeated(l.Market, "3")}
				}
				synctest.Wait() // it is read before the subscription is acknowledged
			}
			w := startWith(t, s, r, settings{Relist: 10 * time.Minute})
			defer w.end()
			r.tape.frames <- []ticker.Update{repeated("A-X", "1")}
			r.beat(5 * time.Second)
			r.lists(listings("A-X", "C-X")...)
			r.tape.hint <- exchange.NewFrameError("fake", "C-X", nil, exchange.ErrUnknownMarket)
			r.beat(250 * time.Millisecond)
			assert.Equal(w, map[ticker.Market]string{"A-X": "1", "C-X": "3"}, w.prices())
			assert.Equal(w, ticker.Live, w.book.Status().State)
			assert.Zero(w, w.book.Status().Stray)
		})
	}
}

// What the origin has no longer is gone at once, and may come back.
func TestRelayRemoves(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			r := newRelay("A-X", "B-X")
			r.tell = func(add []exchange.Listing) {
				for _, l := range add {
					r.tape.frames <- []ticker.Update{repeated(l.Market, "4")}
				}
			}
			w := start(t, s, r)
			defer w.end()
			r.tape.frames <- []ticker.Update{repeated("A-X", "1"), repeated("B-X", "2")}
			gone := repeated("B-X", "0")
			gone.Groups, gone.Origin = 0, &ticker.Origin{Removed: true}
			r.beat(time.Second)
			r.tape.frames <- []ticker.Update{gone}
			r.lists(listings("A-X")...)
			r.beat(250 * time.Millisecond)
			assert.Equal(w, map[ticker.Market]string{"A-X": "1"}, w.prices())
			r.beat(time.Minute) // lists are read meanwhile
			r.lists(listings("A-X", "B-X")...)
			r.beat(time.Minute)
			assert.Equal(w, map[ticker.Market]string{"A-X": "1", "B-X": "4"}, w.prices())
			assert.Equal(w, ticker.Live, w.book.Status().State)
		})
	}
}
