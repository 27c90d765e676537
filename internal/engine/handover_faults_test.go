package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	gosync "sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/engine"
	"github.com/tickersync/tickersync/ticker"
)

// tapes is a fake whose connections all tell the same, and a heartbeat each second.
type tapes struct {
	*fake
	mu    gosync.Mutex
	all   []*tape
	tries int
	open  int  // at once, at most
	mute  bool // the first is told nothing
	fail  func(n int) error
}

func newTapes(ctx context.Context) *tapes {
	x := &tapes{fake: &fake{}, fail: func(int) error { return nil }}
	x.connect = func(context.Context, []exchange.Listing) (exchange.Stream, error) {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.tries++
		if err := x.fail(x.tries); err != nil {
			return nil, err
		}
		x.all = append(x.all, newTape())
		open := 0
		for _, t := range x.all {
			if !closed(t) {
				open++
			}
		}
		x.open = max(x.open, open)
		return x.all[len(x.all)-1], nil
	}
	go func() {
		for engine.Sleep(ctx, time.Second) == nil {
			x.tell()
		}
	}()
	return x
}

func closed(t *tape) bool {
	select {
	case <-t.closed:
		return true
	default:
		return false
	}
}

func (x *tapes) tell(us ...ticker.Update) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i, t := range x.all {
		if len(t.frames) < cap(t.frames) && (i > 0 || !x.mute) {
			t.frames <- us
		}
	}
}

func (x *tapes) connections() []*tape {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.all)
}

func (x *tapes) most() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.open
}

// second waits until there are two.
func (x *tapes) second() (old, next *tape) {
	for len(x.connections()) < 2 {
		time.Sleep(10 * time.Millisecond)
	}
	return x.connections()[0], x.connections()[1]
}

// aged plays a fake whose connections may be 100 seconds old: each is replaced
// between the 80th and the 95th. It begins when the first is live, at 1 second.
func aged(t *testing.T, s sync, before func(*tapes), f func(*world, *tapes)) {
	bubble(t, s.name, func(t *testing.T) {
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		x := newTapes(ctx)
		if before != nil {
			before(x)
		}
		w := startWith(t, s, x, settings{Relist: 20 * time.Second, MaxConnectionAge: 100 * time.Second})
		defer w.end()
		time.Sleep(1500 * time.Millisecond)
		require.Equal(t, ticker.Live, w.book.Status().State)
		f(w, x)
	})
}

// fresh looks at whether both markets are as fresh as the last heartbeat, or stand
// still for the delay that a hand-over takes.
func (w *world) fresh(delay time.Duration) {
	w.Helper()
	for _, m := range []ticker.Market{"A-X", "B-X"} {
		_, err := w.book.Trade(m, delay+1200*time.Millisecond)
		assert.NoError(w, err, "at %v", time.Since(w.began))
	}
}

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
