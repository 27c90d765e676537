package engine_test

import (
	"context"
	"errors"
	"strings"
	gosync "sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// Without heartbeats silence proves nothing: a connection on which nothing happens
// is not cut, and costs one request in each idle time.
func TestQuietWithoutHeartbeats(t *testing.T) {
	for _, s := range both {
		t.Run(s.name, func(t *testing.T) {
			play(t, s, notebook, nil, func(w *world) {
				w.until("live", live)
				w.sim.SetRate(0)
				before := w.sim.Counts().Requests
				time.Sleep(time.Hour)
				assert.Zero(w, w.book.Status().Reconnects)
				assert.InDelta(w, 120, w.sim.Counts().Requests-before, 3, "one in 30 s")
				w.right()
			})
		})
	}
}

// quiet is an exchange without heartbeats, which tells what a test has it tell.
type quiet struct {
	*fake
	mu    gosync.Mutex
	rest  map[ticker.Market]string // prices
	asked []ticker.Market
	fail  error
	first *tape // the first connection
}

func newQuiet(ms ...ticker.Market) *quiet {
	q := &quiet{rest: make(map[ticker.Market]string)}
	feed := everyTrade()
	feed.Quote = ticker.Told{Kind: ticker.Throttled, Delay: 3 * time.Second, REST: false}
	feed.Idle, feed.Quiet, feed.Budget = 10*time.Second, true, exchange.NewBudget(1000, 1000)
	for _, m := range ms {
		q.rest[m] = "1"
	}
	one := func(m ticker.Market) (ticker.Update, error) {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.asked = append(q.asked, m)
		return price(m, q.rest[m]), q.fail
	}
	q.fake = &fake{
		feed:    feed,
		markets: func(context.Context) ([]exchange.Listing, error) { return listings(ms...), nil },
		connect: func(context.Context, []exchange.Listing) (exchange.Stream, error) {
			q.mu.Lock()
			defer q.mu.Unlock()
			t := newTape()
			if q.first == nil {
				q.first = t
			}
			return t, nil
		},
		fetch: fetchOf(func(l exchange.Listing) (ticker.Update, error) { return one(l.Market) }),
		snapshot: func(context.Context) (us []ticker.Update, err error) {
			for _, m := range ms {
				u, failed := one(m)
				us, err = append(us, u), failed
			}
			if err != nil {
				return nil, err
			}
			return us, nil
		},
	}
	return q
}

// tells tells it on the first connection, once that is open; nothing is a heartbeat.
func (q *quiet) tells(us ...ticker.Update) {
	synctest.Wait()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.first.frames <- us
}

// turns changes what REST answers.
func (q *quiet) turns(m ticker.Market, p string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rest[m] = p
}

func (q *quiet) failing(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fail = err
}

// requests names what was asked for, and forgets it.
func (q *quiet) requests() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	var names []string
	for _, m := range q.asked {
		names = append(names, string(m[:1]))
	}
	q.asked = nil
	return strings.Join(names, "")
}

// REST decides: when it tells of a change that the stream does not tell in time, the
// connection is mute.
func TestMuteWithoutHeartbeats(t *testing.T) {
	for _, c := range []struct {
		changes ticker.Market
		single  time.Duration // when singlesync notices; fullsync at once
		asks    string
	}{
		{"A-X", 15 * time.Second, "A"},
		{"B-X", 25 * time.Second, "AB"},
		{"C-X", 35 * time.Second, "ABC"},
	} {
		for _, s := range both {
			bubble(t, s.name+"/"+string(c.changes), func(t *testing.T) {
				q := newQuiet("A-X", "B-X", "C-X")
				w := start(t, s, q)
				defer w.end()
				w.until("live", live)
				for _, m := range []ticker.Market{"C-X", "B-X", "A-X"} {
					time.Sleep(time.Second)
					q.tells(price(m, "1"))
				}
				silent := time.Now()
				q.requests()
				q.turns(c.changes, "2")
				st := w.until("cut", func(st ticker.Status) bool { return st.LastError != nil })
				require.ErrorContains(w, st.LastError, "mute")
				asks, after := c.asks, c.single
				if s.name == "fullsync" {
					asks, after = "ABC", 15*time.Second
				}
				assert.InDelta(w, after, time.Since(silent), float64(200*time.Millisecond), "idle, delay and two seconds")
				assert.True(w, strings.HasPrefix(q.requests(), asks))
				w.until("live", live)
				held, err := w.book.Trade(c.changes, time.Minute)
				require.NoError(w, err)
				assert.Equal(w, "2", held.Price.String())
			})
		}
	}
}

// A change that the stream tells late, or while REST is asked, or after anything else,
// is no proof; nor is an answer that fails.
func TestQuietIsNotCutWithoutProof(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			q := newQuiet("A-X", "B-X")
			w := start(t, s, q)
			defer w.end()
			w.until("live", live)
			q.tells(price("A-X", "1"))
			q.turns("A-X", "2")
			time.Sleep(14500 * time.Millisecond) // within delay and two seconds of the answer
			q.tells(price("B-X", "1"))
			time.Sleep(5 * time.Second)
			q.tells(price("A-X", "2"))
			q.failing(errors.New("no route"))
			q.turns("A-X", "3")
			q.requests()
			time.Sleep(time.Hour)
			assert.Greater(w, len(q.requests()), 100, "it asks again")
			assert.Zero(w, w.book.Status().Reconnects)
			assert.ErrorContains(w, w.book.Status().LastError, "asking after a silence: no route")
			q.failing(nil)
			w.until("cut", func(st ticker.Status) bool { return st.Reconnects == 1 })
		})
	}
}

// What cannot get better ends the run also here.
func TestQuietPermanentError(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			q := newQuiet("A-X")
			w := start(t, s, q)
			defer w.stop()
			w.until("live", live)
			q.failing(exchange.Permanent(errors.New("retired")))
			require.ErrorContains(w, <-w.done, "asking after a silence: retired")
		})
	}
}

// While nothing is known there is nothing to compare, and what the last list
// lacks is not asked for.
func TestQuietWithNothingToCompare(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name+"/unknown", func(t *testing.T) {
			q := newQuiet("A-X", "B-X")
			q.failing(errors.New("no route"))
			w := start(t, s, q)
			defer w.end()
			time.Sleep(time.Hour)
			assert.Zero(w, w.book.Status().Reconnects)
		})
		bubble(t, s.name+"/not listed", func(t *testing.T) {
			q := newQuiet("A-X", "B-X")
			lists := 0
			q.fake.markets = func(context.Context) ([]exchange.Listing, error) {
				if lists++; lists%2 == 1 {
					return listings("A-X", "B-X"), nil
				}
				return listings("B-X"), nil
			}
			w := startWith(t, s, q, settings{Relist: 20 * time.Second})
			defer w.end()
			for range 200 {
				q.tells(price("A-X", "1"))
				time.Sleep(15 * time.Second)
			}
			assert.Zero(w, w.book.Status().Reconnects)
			_, ok := w.book.Get("A-X")
			assert.True(w, ok)
		})
	}
}
