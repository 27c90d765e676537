package engine_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

func refuse(ms ...ticker.Market) *exchange.RefusedError {
	err := &exchange.RefusedError{Markets: map[ticker.Market]string{}}
	for _, m := range ms {
		err.Markets[m] = "no such product"
	}
	return err
}

// beat has a tape tell nothing, as a heartbeat does, each second until the bubble's
// test is over.
func beat(t *testing.T, tp *tape) {
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go func() {
		for ctx.Err() == nil {
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
				return
			}
			select {
			case tp.frames <- nil:
			default:
			}
		}
	}()
}

// A market that the stream refuses is named with the reason and never looks
// fresh, although REST serves it and the connection lives. The next connection
// may take it.
func TestRefusedMarkets(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			first, second := newTape(), newTape()
			beat(t, first)
			beat(t, second)
			n := 0
			src := &fake{connect: func(_ context.Context, ms []exchange.Listing) (exchange.Stream, error) {
				assert.Len(t, ms, 2)
				if n++; n == 1 {
					return first, refuse("A-X")
				}
				return second, nil
			}}
			w := start(t, s, src)
			defer w.end()
			st := w.until("live", live)
			time.Sleep(time.Minute)
			assert.Equal(t, map[ticker.Market]string{"A-X": "no such product"}, w.book.Status().Refused)
			assert.True(t, st.Synced)
			_, err := w.book.Trade("A-X", 10*time.Second)
			require.Error(t, err)
			_, err = w.book.Trade("B-X", 2*time.Second)
			require.NoError(t, err)
			first.fail <- errors.New("lost")
			time.Sleep(10 * time.Second)
			assert.Empty(t, w.book.Status().Refused)
			_, err = w.book.Trade("A-X", 2*time.Second)
			require.NoError(t, err)
		})
	}
}

// A market that the exchange takes on the first connection and refuses on the
// second keeps its price, which grows old.
func TestRefusedAfterwards(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			first, second := newTape(), newTape()
			beat(t, first)
			beat(t, second)
			n := 0
			w := start(t, s, &fake{connect: func(context.Context, []exchange.Listing) (exchange.Stream, error) {
				if n++; n == 1 {
					return first, nil
				}
				return second, refuse("A-X")
			}})
			defer w.end()
			w.until("live", live)
			first.fail <- errors.New("lost")
			time.Sleep(time.Minute)
			_, ok := w.book.Get("A-X")
			assert.True(t, ok)
			_, err := w.book.Trade("A-X", 10*time.Second)
			require.ErrorIs(t, err, ticker.ErrDown)
			_, err = w.book.Trade("B-X", 2*time.Second)
			require.NoError(t, err)
		})
	}
}

// A halted market is refused with that reason, and told again when it resumes:
// also where the connection was replaced meanwhile, and its subscription refused.
func TestHaltedAndResumed(t *testing.T) {
	for _, s := range both {
		for name, drop := range map[string]bool{"same connection": false, "another connection": true} {
			t.Run(s.name+"/"+name, func(t *testing.T) {
				play(t, s, keyedPlace, nil, func(w *world) {
					w.until("live", live)
					w.sim.Halt("DOGE-EUR")
					w.until("refused", func(st ticker.Status) bool { return st.Refused["DOGE-EUR"] == "not trading" })
					if drop {
						w.sim.Drop()
						w.until("replaced", func(st ticker.Status) bool { return st.Reconnects > 0 })
					}
					time.Sleep(10 * time.Second)
					w.stale("DOGE-EUR", ticker.ErrNotTrading)
					assert.Equal(w, ticker.Live, w.book.Status().State)
					w.sim.Resume("DOGE-EUR")
					w.until("resumed", func(st ticker.Status) bool { return live(st) && len(st.Refused) == 0 })
					time.Sleep(time.Second)
					_, err := w.book.Trade("DOGE-EUR", 3*time.Second)
					require.NoError(w, err)
					w.sim.Trade("DOGE-EUR", "0.4242")
					time.Sleep(time.Second)
					w.right()
					held, err := w.book.Trade("DOGE-EUR", 10*time.Second)
					require.NoError(w, err)
					assert.NotEqual(w, ticker.REST, held.Source, "the stream tells it again")
				})
			})
		}
	}
}

// Subscribing on an open connection can be refused market by market, too; resuming
// has it asked again there.
func TestRefusedOnAnOpenConnection(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			tp := newTape()
			beat(t, tp)
			var halted atomic.Bool
			var added []ticker.Market
			sub := &subscriber{tp, func(_ context.Context, add, _ []exchange.Listing) error {
				for _, l := range add {
					added = append(added, l.Market)
				}
				if len(added) == 1 {
					return refuse("C-X")
				}
				return nil
			}}
			n := 0
			src := connecting(sub, nil)
			src.markets = func(context.Context) ([]exchange.Listing, error) {
				ls := listings("A-X", "B-X", "C-X")
				if n++; n == 1 {
					return ls[:2], nil
				}
				ls[2].Trading = !halted.Load()
				return ls, nil
			}
			src.snapshot = func(context.Context) ([]ticker.Update, error) {
				return []ticker.Update{price("A-X", "1"), price("B-X", "2"), price("C-X", "3")}, nil
			}
			w := start(t, s, src)
			defer w.end()
			st := w.until("refused", func(st ticker.Status) bool { return st.Refused["C-X"] != "" })
			assert.Equal(t, "no such product", st.Refused["C-X"])
			time.Sleep(time.Minute)
			assert.Equal(t, []ticker.Market{"C-X"}, added, "not asked again and again")
			halted.Store(true)
			w.until("halted", func(st ticker.Status) bool { return st.Refused["C-X"] == "not trading" })
			halted.Store(false)
			w.until("resumed", func(st ticker.Status) bool { return len(st.Refused) == 0 && st.Known == 3 })
			assert.Equal(t, []ticker.Market{"C-X", "C-X"}, added)
			assert.Zero(t, w.book.Status().Reconnects)
			_, err := w.book.Trade("C-X", 2*time.Second)
			require.NoError(t, err)
		})
	}
}
