package engine_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// A connection is replaced before it is too old, and its successors too.
func TestReplaced(t *testing.T) {
	for _, s := range both {
		aged(t, s, nil, func(w *world, x *tapes) {
			for range 10 * 60 {
				w.fresh(0)
				time.Sleep(time.Second)
			}
			assert.GreaterOrEqual(w, len(x.connections()), 7, "ten minutes")
			assert.LessOrEqual(w, len(x.connections()), 8)
			assert.Equal(w, 2, x.most(), "at once")
			st := w.book.Status()
			assert.Equal(w, ticker.Live, st.State)
			assert.Zero(w, st.Reconnects)
			assert.NoError(w, st.LastError)
		})
	}
}

// While another cannot be opened the old connection goes on, for whatever reason;
// it is tried again and again.
func TestReplacementCannotBeOpened(t *testing.T) {
	for _, err := range []error{errors.New("no room"), exchange.Permanent(errors.New("gone")), &exchange.RateLimitError{RetryAfter: 5 * time.Second}} {
		for _, s := range both {
			aged(t, s, func(x *tapes) {
				x.fail = func(n int) error {
					if n > 1 && n < 20 {
						return err
					}
					return nil
				}
			}, func(w *world, x *tapes) {
				time.Sleep(100 * time.Second)
				x.mu.Lock()
				require.Greater(w, x.tries, 2)
				x.mu.Unlock()
				st := w.book.Status()
				require.ErrorIs(w, st.LastError, err)
				require.ErrorContains(w, st.LastError, "replacing a connection: ")
				for range 10 * 60 {
					w.fresh(0)
					if cs := x.connections(); len(cs) == 2 && closed(cs[0]) {
						return
					}
					time.Sleep(time.Second)
				}
				assert.Fail(w, "it was never replaced")
			})
		}
	}
}

// What is lost while two connections are open is no loss: the other goes on.
func TestBrokenWhileReplaced(t *testing.T) {
	for _, c := range []struct {
		name   string
		breaks int // which of the two
		after  time.Duration
	}{
		{"the old one", 0, 4 * time.Second}, {"the new one", 1, 0}, {"the new one, in charge of a half", 1, 4 * time.Second},
	} {
		for _, s := range both {
			t.Run(c.name, func(t *testing.T) {
				aged(t, s, nil, func(w *world, x *tapes) {
					old, next := x.second()
					for end := time.Now().Add(c.after); time.Now().Before(end); {
						for _, tp := range []*tape{old, next} { // B-X is quiet, and passes
							tp.frames <- []ticker.Update{price("A-X", "5")}
							time.Sleep(200 * time.Millisecond)
						}
					}
					require.False(w, closed(old))
					[]*tape{old, next}[c.breaks].fail <- errors.New("reset")
					for range 100 {
						w.fresh(2 * time.Second)
						assert.NotEqual(w, ticker.Down, w.book.Status().State)
						time.Sleep(100 * time.Millisecond)
					}
					assert.Zero(w, w.book.Status().Reconnects)
					if c.breaks == 1 {
						assert.GreaterOrEqual(w, len(x.connections()), 3, "another is tried")
					}
					time.Sleep(time.Minute)
					x.tell(price("A-X", "7"))
					time.Sleep(time.Second)
					assert.Equal(w, map[ticker.Market]string{"A-X": "7", "B-X": w.prices()["B-X"]}, w.prices())
				})
			})
		}
	}
}

// The exchange says that it is about to end the connection: it is replaced while it
// is open.
func TestEnding(t *testing.T) {
	for _, s := range both {
		aged(t, s, nil, func(w *world, x *tapes) {
			x.connections()[0].fail <- fmt.Errorf("going down: %w", exchange.ErrEnding)
			time.Sleep(10 * time.Millisecond)
			assert.Len(w, x.connections(), 2)
			assert.ErrorIs(w, w.book.Status().LastError, exchange.ErrEnding)
			assert.Equal(w, 2, w.book.Status().Connections)
			for range 10 {
				w.fresh(0)
				time.Sleep(time.Second)
			}
			assert.Equal(w, 1, w.book.Status().Connections)
			assert.True(w, closed(x.connections()[0]))
			assert.Zero(w, w.book.Status().Reconnects)
		})
	}
}

// Many connections are replaced one at a time.
func TestReplacedOneAtATime(t *testing.T) {
	for _, s := range both {
		aged(t, s, func(x *tapes) {
			x.feed = everyTrade()
			x.feed.PerConnection = 1
			x.markets = func(context.Context) ([]exchange.Listing, error) { return listings("A-X", "B-X", "C-X", "D-X"), nil }
			x.snapshot = snapshotOf("A-X", "B-X", "C-X", "D-X")
		}, func(w *world, x *tapes) {
			time.Sleep(4 * time.Minute)
			assert.Equal(w, 5, x.most(), "at once")
			assert.GreaterOrEqual(w, len(x.connections()), 12)
			assert.Equal(w, ticker.Live, w.book.Status().State)
			assert.Zero(w, w.book.Status().Reconnects)
		})
	}
}

// Where nothing at all comes on the old connection, nothing proves that it missed
// nothing: after half a minute its markets are asked for.
func TestReplacedInSilence(t *testing.T) {
	var asked atomic.Int32
	aged(t, both[0], func(x *tapes) {
		x.snapshot = func(context.Context) ([]ticker.Update, error) {
			asked.Add(1)
			return []ticker.Update{price("A-X", "1"), price("B-X", "2")}, nil
		}
	}, func(w *world, x *tapes) {
		x.mu.Lock()
		x.mute = true
		x.mu.Unlock()
		x.second()
		time.Sleep(25 * time.Second)
		assert.EqualValues(w, 1, asked.Load())
		assert.Equal(w, 2, w.book.Status().Connections)
		time.Sleep(10 * time.Second)
		assert.EqualValues(w, 2, asked.Load())
		assert.Equal(w, 1, w.book.Status().Connections)
		w.fresh(0)
	})
}

// A connection that ends while another shard replaces its own, which takes long,
// is opened again at once; and all ends within a second.
func TestLostWhileAnotherIsReplaced(t *testing.T) {
	for _, s := range both {
		aged(t, s, func(x *tapes) {
			x.feed = everyTrade()
			x.feed.PerConnection = 1
			x.hang = 3
		}, func(w *world, x *tapes) {
			time.Sleep(100 * time.Second) // both are due, and one is hung
			for _, tp := range x.connections() {
				tp.fail <- errors.New("reset")
			}
			w.until("again", func(st ticker.Status) bool { return st.Reconnects > 0 })
			assert.Less(w, time.Since(w.began), 105*time.Second)
		})
	}
}

// Where the new one ends, too, before all have passed, nothing is left: that is a
// loss like any other.
func TestBothBreakWhileReplaced(t *testing.T) {
	for _, s := range both {
		aged(t, s, nil, func(w *world, x *tapes) {
			old, next := x.second()
			for !closed(old) { // A-X moves
				old.frames <- []ticker.Update{price("A-X", "5")}
				time.Sleep(100 * time.Millisecond)
			}
			next.fail <- errors.New("reset")
			w.until("down", func(st ticker.Status) bool { return st.State == ticker.Down })
			w.until("again", func(st ticker.Status) bool { return st.State == ticker.Live && st.Reconnects == 1 })
		})
	}
}
