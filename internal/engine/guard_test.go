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
	"github.com/tickersync/tickersync/internal/engine"
	"github.com/tickersync/tickersync/ticker"
)

// skewed are a machine's clocks that a test can move: by a sleep, which only the
// wall clock counts, or by a pause, which both do.
type skewed struct{ slept, paused atomic.Int64 }

func (s *skewed) read() (now, wall time.Time) {
	now = time.Now().Add(time.Duration(s.paused.Load()))
	return now, now.Round(0).Add(time.Duration(s.slept.Load()))
}

// guarded runs an engine that asks for nothing, on a fake with those clocks, and
// returns the Book when it is connected.
func guarded(t *testing.T, tapes []*tape, clocks *skewed) *ticker.Book {
	var book ticker.Book
	n := -1
	src := &fake{connect: func(context.Context, []exchange.Listing) (exchange.Stream, error) {
		n++
		return tapes[n], nil
	}}
	ctx, cancel := context.WithCancel(engine.WithSeed(context.Background(), 1))
	done := make(chan error, 1)
	idle := func(ctx context.Context, _ *engine.Run) error { <-ctx.Done(); return nil }
	go func() { done <- engine.Do(ctx, &book, src, engine.Options{Name: "test", Clock: clocks.read}, idle) }()
	t.Cleanup(func() {
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
	})
	synctest.Wait()
	require.Equal(t, 1, book.Status().Connections)
	return &book
}

// When this machine has slept, its clock was set or the program was paused, what is
// read next waited in the socket for nobody knows how long: the connection ends, and
// nothing of that looks fresh. Whoever notices first, the guard or the reader.
func TestSleepAndPauseEndTheLink(t *testing.T) {
	for _, c := range []struct {
		name          string
		slept, paused time.Duration
		says          string // empty: it is borne
	}{
		{"a night", 8 * time.Hour, 0, "the clock jumped"},
		{"two seconds", 2 * time.Second, 0, "the clock jumped"},
		{"set back", -2 * time.Second, 0, "the clock jumped"},
		{"a leap second, smeared", 900 * time.Millisecond, 0, ""},
		{"paused", 0, 10 * time.Second, "the program was paused"},
		{"a hiccup", 0, 3 * time.Second, ""},
	} {
		for _, first := range []string{"guard", "reader"} {
			bubble(t, c.name+"/"+first, func(t *testing.T) {
				tapes, clocks := []*tape{newTape(), newTape()}, &skewed{}
				book := guarded(t, tapes, clocks)
				tapes[0].frames <- []ticker.Update{price("A-X", "1")}
				time.Sleep(30*time.Second + time.Millisecond) // right after a look of the guard
				clocks.slept.Store(int64(c.slept))
				clocks.paused.Store(int64(c.paused))
				if first == "reader" {
					tapes[0].frames <- []ticker.Update{price("A-X", "2")}
					synctest.Wait()
				} else {
					time.Sleep(1100 * time.Millisecond)
				}
				held, _ := book.Get("A-X")
				st := book.Status()
				if c.says == "" {
					assert.NoError(t, st.LastError)
					assert.False(t, held.Trade.AsOf.After(time.Now()), "what is read after a hiccup may have waited for as long")
					return
				}
				require.ErrorContains(t, st.LastError, c.says)
				assert.Equal(t, "1", held.Trade.Price.String(), "what was read then is not believed")
				assert.GreaterOrEqual(t, held.Trade.Age(), 30*time.Second)
				time.Sleep(time.Second)
				st = book.Status()
				assert.Equal(t, 1, st.Reconnects)
				assert.Equal(t, 1, st.Connections)
			})
		}
	}
}

// Order keys that have begun anew end the link, also where no frame comes to
// notice it by.
func TestVoidKeysEndTheLink(t *testing.T) {
	for _, s := range both {
		t.Run(s.name, func(t *testing.T) {
			play(t, s, keyedPlace, nil, func(w *world) {
				w.until("live", live)
				w.sim.RestartKeys(false)
				st := w.until("replaced", func(st ticker.Status) bool { return st.Reconnects > 0 && live(st) })
				assert.NotZero(w, st.Late)
				w.right()
			})
		})
	}
}

// REST alone may show it, too: the guard then ends the link that would go on for
// ever with keys that are void.
func TestVoidKeysShownByREST(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			var key atomic.Uint64
			key.Store(1000)
			keyed := func(m ticker.Market) ticker.Update {
				u := price(m, "1")
				u.Trade.Key = key.Add(1)
				return u
			}
			first, second := newTape(), newTape()
			tapes := []*tape{first, second, newTape()}
			src := &fake{
				connect: func(context.Context, []exchange.Listing) (exchange.Stream, error) {
					tp := tapes[0]
					tapes = tapes[1:]
					return tp, nil
				},
				snapshot: func(context.Context) ([]ticker.Update, error) {
					return []ticker.Update{keyed("A-X"), keyed("B-X")}, nil
				},
				fetch: fetchOf(func(l exchange.Listing) (ticker.Update, error) { return keyed(l.Market), nil }),
			}
			w := start(t, s, src)
			defer w.end()
			w.until("live", live)
			key.Store(0)
			first.fail <- errors.New("restarting")
			time.Sleep(10 * time.Minute) // what REST alone says may be a cache's
			_, err := w.book.Trade("A-X", time.Minute)
			require.ErrorIs(t, err, ticker.ErrDoubtful)
			time.Sleep(10 * time.Minute)
			st := w.until("live again", func(st ticker.Status) bool { return live(st) && st.Reconnects == 2 })
			assert.ErrorIs(t, st.LastError, ticker.ErrRestarted)
			held, err := w.book.Trade("A-X", time.Hour)
			require.NoError(t, err)
			assert.Less(t, held.Key, uint64(1000))
		})
	}
}
