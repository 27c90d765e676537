package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// stale looks at what a reader is told of a price that is too old: its age and
// why, and by Get the price all the same.
func (w *world) stale(m ticker.Market, cause error) {
	w.Helper()
	_, err := w.book.Trade(m, 2*time.Second)
	var stale *ticker.StaleError
	require.ErrorAs(w, err, &stale)
	assert.Equal(w, m, stale.Market)
	assert.Greater(w, stale.Age, 2*time.Second)
	assert.ErrorIs(w, err, cause)
	held, ok := w.book.Get(m)
	assert.True(w, ok)
	assert.False(w, held.Trade.Price.IsZero())
	assert.InDelta(w, stale.Age, held.Trade.Age(), float64(time.Millisecond))
}

// A connection that has gone mute makes prices old, whether it still pongs or not;
// it is cut, and all heals when it can.
func TestMute(t *testing.T) {
	for _, c := range []struct {
		name  string
		at    place
		pongs bool
		says  string
		after time.Duration // within which it is cut
	}{
		{"pongs, heartbeats", keyedPlace, true, "silent for 5s", 6 * time.Second},
		{"no pongs, heartbeats", keyedPlace, false, "silent for 5s", 6 * time.Second},
		{"pongs, no heartbeats", notebook, true, "mute: REST tells of a change", 33 * time.Second},
		{"no pongs, no heartbeats", notebook, false, "no pong within 10s", 26 * time.Second},
	} {
		for _, s := range both {
			t.Run(s.name+"/"+c.name, func(t *testing.T) {
				play(t, s, c.at, nil, func(w *world) {
					w.until("live", live)
					m := w.sim.Markets()[0].Market
					w.sim.Mute(c.pongs)
					w.sim.Refuse(false, true)
					time.Sleep(4 * time.Second)
					assert.Equal(w, ticker.Live, w.book.Status().State, "a silence is no proof yet")
					w.stale(m, ticker.ErrSilent)
					time.Sleep(c.after - 4*time.Second)
					st := w.book.Status()
					assert.Equal(w, ticker.Down, st.State)
					assert.Zero(w, st.Connections)
					w.stale(m, ticker.ErrDown)
					_, err := w.book.Trade(m, 2*time.Second)
					assert.ErrorContains(w, err, c.says)
					w.sim.Unmute()
					w.sim.Refuse(false, false)
					w.until("live again", live)
					_, err = w.book.Trade(m, 10*time.Second)
					assert.NoError(w, err)
					assert.Equal(w, 1, w.right().Reconnects)
				})
			})
		}
	}
}

// A quiet market on a connection with heartbeats stays fresh and is never cut.
func TestQuietIsNotDead(t *testing.T) {
	for _, s := range both {
		play(t, s, keyedPlace, nil, func(w *world) {
			w.until("live", live)
			w.sim.SetRate(0)
			for range 60 {
				time.Sleep(time.Minute)
				_, err := w.book.Trade("BTC-EUR", 2*time.Second)
				require.NoError(w, err)
			}
			assert.Zero(w, w.book.Status().Reconnects)
		})
	}
}

// gaps are the times between connects, of a fake whose connections last so long.
func gaps(t *testing.T, s sync, n int, lasts func(i int) time.Duration) (gaps []time.Duration) {
	enough := make(chan struct{})
	var lost time.Time
	w := start(t, s, &fake{connect: func(context.Context, []exchange.Listing) (exchange.Stream, error) {
		if !lost.IsZero() {
			gaps = append(gaps, time.Since(lost))
		}
		if len(gaps) == n {
			close(enough)
		}
		d := lasts(len(gaps))
		lost = time.Now().Add(d)
		if d == 0 {
			return nil, errors.New("no route")
		}
		tp := newTape()
		time.AfterFunc(d, func() { tp.fail <- errors.New("lost") })
		return tp, nil
	}})
	<-enough
	w.end()
	return gaps[:n]
}

func sum(ds []time.Duration) (all time.Duration) {
	for _, d := range ds {
		all += d
	}
	return all
}

// The waits between tries grow to half a minute; a mere connect does not end
// that, a minute of health does.
func TestBackOff(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name+"/no connection", func(t *testing.T) {
			gaps := gaps(t, s, 40, func(int) time.Duration { return 0 })
			for i, d := range gaps {
				assert.LessOrEqual(t, d, min(250*time.Millisecond<<min(i, 10), 30*time.Second))
			}
			assert.Greater(t, sum(gaps[10:]), 30*5*time.Second)
		})
		bubble(t, s.name+"/flapping", func(t *testing.T) {
			gaps := gaps(t, s, 40, func(int) time.Duration { return 50 * time.Second })
			assert.Greater(t, sum(gaps[10:]), 30*5*time.Second)
		})
		bubble(t, s.name+"/healthy between", func(t *testing.T) {
			gaps := gaps(t, s, 40, func(i int) time.Duration {
				if i == 20 {
					return 61 * time.Second
				}
				return 0
			})
			assert.Greater(t, sum(gaps[10:20]), 10*time.Second)
			assert.LessOrEqual(t, gaps[20], 250*time.Millisecond)
			assert.LessOrEqual(t, gaps[21], 500*time.Millisecond)
		})
	}
}

// After a reconnect asked is what the new connection has not told, oldest first.
func TestAskedAgainOldestFirst(t *testing.T) {
	bubble(t, "singlesync", func(t *testing.T) {
		first, second := newTape(), newTape()
		var asked []ticker.Market
		tapes := []*tape{first, second}
		src := &fake{feed: everyTrade()}
		src.feed.Trade.Kind = ticker.OnTrade // so that each market's AsOf is its own
		src.feed.Budget = exchange.NewBudget(1, 1)
		src.markets = func(context.Context) ([]exchange.Listing, error) { return listings("A-X", "B-X", "C-X", "D-X"), nil }
		src.connect = func(context.Context, []exchange.Listing) (exchange.Stream, error) {
			tp := tapes[0]
			tapes = tapes[1:]
			return tp, nil
		}
		src.fetch = fetchOf(func(l exchange.Listing) (ticker.Update, error) {
			asked = append(asked, l.Market)
			return price(l.Market, "1"), nil
		})
		w := startWith(t, both[1], src, settings{})
		defer w.end()
		w.until("live", live)
		require.Equal(t, []ticker.Market{"A-X", "B-X", "C-X", "D-X"}, asked)
		for _, m := range []ticker.Market{"C-X", "A-X", "D-X", "B-X"} {
			time.Sleep(time.Second)
			first.frames <- []ticker.Update{price(m, "2")}
		}
		time.Sleep(time.Minute)
		require.Len(t, asked, 4, "told on trades: asked once a connection")
		first.fail <- errors.New("lost")
		second.frames <- []ticker.Update{price("D-X", "3")}
		w.until("down", func(st ticker.Status) bool { return st.State == ticker.Down })
		w.until("live", live)
		assert.Equal(t, []ticker.Market{"C-X", "A-X", "B-X"}, asked[4:])
	})
}
