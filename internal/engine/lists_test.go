package engine_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	gosync "sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/ticker"
)

// growing lists A and B at first, and then ms, too.
func growing(ms ...ticker.Market) func(context.Context) ([]exchange.Listing, error) {
	n := 0
	return func(context.Context) ([]exchange.Listing, error) {
		if n++; n == 1 {
			return listings("A-X", "B-X"), nil
		}
		return listings(append([]ticker.Market{"A-X", "B-X"}, ms...)...), nil
	}
}

func snapshotOf(ms ...ticker.Market) func(context.Context) ([]ticker.Update, error) {
	return func(context.Context) (us []ticker.Update, err error) {
		for _, m := range ms {
			us = append(us, price(m, "5"))
		}
		return us, nil
	}
}

// A new listing is known soon: on the same connection where that takes further
// markets, on another where it does not.
func TestNewListing(t *testing.T) {
	for _, s := range both {
		t.Run(s.name+"/another connection", func(t *testing.T) {
			fixed := place{"keyed", keyed.Dialect{}, func(o exchange.Options) source { return keyed.New(keyed.Variant{Fixed: true}, &o) }}
			play(t, s, fixed, nil, func(w *world) {
				w.until("live", live)
				w.sim.List("NEW-A")
				w.until("known", func(st ticker.Status) bool { return st.Total == 7 && live(st) })
				assert.Zero(w, w.right().Reconnects, "it was handed over")
				assert.Equal(w, 2, w.sim.Counts().Opened)
			})
		})
		t.Run(s.name+"/same connection of an exchange", func(t *testing.T) {
			play(t, s, keyedPlace, nil, func(w *world) {
				w.until("live", live)
				w.sim.List("NEW-A")
				w.until("known", func(st ticker.Status) bool { return st.Total == 7 && live(st) })
				assert.Zero(w, w.right().Reconnects)
			})
		})
		bubble(t, s.name+"/same connection", func(t *testing.T) {
			tp := newTape()
			asked := 0
			src := connecting(&subscriber{tp, func(_ context.Context, add, drop []exchange.Listing) error {
				asked++
				assert.Equal(t, listings("C-X"), add)
				assert.Empty(t, drop)
				return nil
			}}, nil)
			src.markets, src.snapshot = growing("C-X"), snapshotOf("A-X", "B-X", "C-X")
			w := start(t, s, src)
			defer w.end()
			w.until("known", func(st ticker.Status) bool { return st.Known == 3 })
			time.Sleep(time.Minute)
			assert.Equal(t, 1, asked)
			assert.Zero(t, w.book.Status().Reconnects)
		})
	}
}

// What is listed while a connection is being opened is subscribed to on it. The
// acknowledgement comes with the other frames: somebody has to read them.
func TestListedDuringTheDial(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			tp, asked := newTape(), 0
			src := connecting(nil, nil)
			src.connect = func(context.Context, []exchange.Listing) (exchange.Stream, error) {
				time.Sleep(10 * time.Second)
				return &subscriber{tp, func(ctx context.Context, _, _ []exchange.Listing) error {
					asked++
					select {
					case tp.frames <- nil:
					case <-ctx.Done():
					}
					for len(tp.frames) > 0 && ctx.Err() == nil {
						time.Sleep(time.Millisecond)
					}
					return ctx.Err()
				}}, nil
			}
			src.markets, src.snapshot = growing("C-X"), snapshotOf("A-X", "B-X", "C-X")
			w := startWith(t, s, src, settings{Relist: 5 * time.Second})
			defer w.end()
			w.until("known", func(st ticker.Status) bool { return st.Known == 3 })
			assert.Less(t, time.Since(w.began), 12*time.Second)
			time.Sleep(time.Minute)
			assert.Equal(t, 1, asked)
			assert.Zero(t, w.book.Status().Reconnects)
		})
	}
}

// Where subscribing fails, another connection does it.
func TestSubscribingFails(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			src := connecting(&subscriber{newTape(), func(context.Context, []exchange.Listing, []exchange.Listing) error {
				return errors.New("too many")
			}}, nil)
			src.markets, src.snapshot = growing("C-X"), snapshotOf("A-X", "B-X", "C-X")
			w := start(t, s, src)
			defer w.end()
			st := w.until("failed", func(st ticker.Status) bool { return st.LastError != nil })
			assert.ErrorContains(t, st.LastError, "connection: subscribing: too many")
			st = w.until("known", func(st ticker.Status) bool { return st.Known == 3 })
			assert.Zero(t, st.Reconnects, "it was handed over")
		})
	}
}

// A market that the exchange no longer lists goes, from the subscriptions too, and
// one that is listed again comes back.
func TestDelisted(t *testing.T) {
	for _, s := range both {
		play(t, s, keyedPlace, nil, func(w *world) {
			w.until("live", live)
			w.sim.Delist("DOGE-EUR")
			w.until("removed", func(st ticker.Status) bool { return st.Total == 5 })
			_, err := w.book.Trade("DOGE-EUR", time.Hour)
			require.ErrorIs(w, err, ticker.ErrRemoved)
			_, ok := w.book.Get("DOGE-EUR")
			assert.False(w, ok)
			w.right()
			w.sim.Drop()
			time.Sleep(5 * time.Second)
			assert.Equal(w, 5, w.right().Total)
			w.sim.List("DOGE-EUR")
			w.until("back", func(st ticker.Status) bool { return st.Known == 6 && live(st) })
			w.right()
		})
	}
}

// The stream may speak of a market before the list is due: it is then read again
// at once, but not again and again.
func TestHintOfANewMarket(t *testing.T) {
	place := place{"notebook", coinblockprosim.Dialect{}, func(o exchange.Options) source {
		return coinblockpro.New(&coinblockpro.Options{Options: o, ReadList: true})
	}}
	for _, s := range both {
		slow := s
		slow.run = func(ctx context.Context, b *ticker.Book, src source, o settings) error {
			o.Relist = 0
			return s.run(ctx, b, src, o)
		}
		play(t, slow, place, nil, func(w *world) {
			w.until("live", live)
			time.Sleep(time.Minute)
			w.sim.List("NEW-A")
			w.sim.Tick("NEW-A")
			at := time.Now()
			w.until("known", func(st ticker.Status) bool { return st.Known == 46 })
			assert.Less(w, time.Since(at), 5*time.Second)
			w.right()
		})
	}
}

// Where a connection carries so many markets only there are several, and the loss
// of one costs only its own.
func TestSeveralConnections(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			carried := make(map[ticker.Market]*tape)
			all := []ticker.Market{"A-X", "B-X", "C-X", "D-X", "E-X", "F-X"}
			src := &fake{feed: everyTrade(), snapshot: snapshotOf(all...)}
			src.feed.PerConnection = 2
			src.markets = growing(all[2:]...)
			var lock gosync.Mutex
			src.connect = func(_ context.Context, ms []exchange.Listing) (exchange.Stream, error) {
				assert.LessOrEqual(t, len(ms), 2)
				tp := newTape()
				beat(t, tp)
				lock.Lock()
				for _, l := range ms {
					carried[l.Market] = tp
				}
				lock.Unlock()
				return tp, nil
			}
			var log strings.Builder
			o := settings{Relist: 20 * time.Second, Logger: slog.New(slog.NewTextHandler(&log, nil))}
			w := startWith(t, s, src, o)
			defer func() {
				w.end()
				assert.Contains(t, log.String(), "connection lost")
				assert.Contains(t, log.String(), "exchange=fake")
			}()
			w.until("two", live)
			assert.Equal(t, 1, w.book.Status().Connections)
			w.until("six", func(st ticker.Status) bool { return st.Known == 6 && live(st) })
			assert.Equal(t, 3, w.book.Status().Connections)
			synctest.Wait()
			lock.Lock()
			carried["C-X"].fail <- errors.New("lost")
			lock.Unlock()
			synctest.Wait()
			assert.Equal(t, ticker.Down, w.book.Status().State)
			_, err := w.book.Trade("A-X", 2*time.Second)
			require.NoError(t, err)
			w.until("live", live)
			assert.Equal(t, 1, w.book.Status().Reconnects)
		})
	}
}

// A stream that speaks of a market that no list has does not have the list read all
// the time.
func TestHintsInVain(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			var lists atomic.Int64
			tp := newTape()
			src := connecting(tp, nil)
			src.markets = func(context.Context) ([]exchange.Listing, error) {
				lists.Add(1)
				return listings("A-X", "B-X"), nil
			}
			w := startWith(t, s, src, settings{})
			defer w.end()
			for range 300 {
				time.Sleep(time.Second)
				tp.fail <- exchange.NewFrameError("fake", "", []byte("Z-X"), exchange.ErrUnknownMarket)
			}
			synctest.Wait()
			assert.InDelta(t, 10, lists.Load(), 2)
			assert.EqualValues(t, 300, w.book.Status().Bad)
			assert.Zero(t, w.book.Status().Reconnects)
		})
	}
}
