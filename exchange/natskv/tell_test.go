package natskv

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

// tellWorld is a Book that the test writes, what tells it, and a bucket that takes
// everything at once.
type tellWorld struct {
	*testing.T
	book   ticker.Book
	keep   *ticker.Keeper
	link   *ticker.Link
	q      *queue
	t      *teller
	bucket map[string]record
	beats  []beat
	log    bytes.Buffer
}

func inTellWorld(t *testing.T, f func(w *tellWorld)) {
	synctest.Test(t, func(t *testing.T) {
		w := &tellWorld{T: t, q: newQueue(), bucket: map[string]record{}}
		var err error
		w.keep, err = w.book.Keep("sim")
		require.NoError(t, err)
		f(w)
		w.keep.End(errors.New("end"))
		synctest.Wait()
	})
}

func (w *tellWorld) list(ms ...ticker.Market) {
	var ls []ticker.Listed
	for _, m := range ms {
		ls = append(ls, ticker.Listed{Market: m, Trading: m != "HALT-USD"})
	}
	w.keep.List(ls, time.Now())
}

func (w *tellWorld) tell(m ticker.Market, price string) {
	w.link.Stream([]ticker.Update{{
		Groups: ticker.TradeGroup, Ticker: ticker.Ticker{Market: m, Trade: ticker.Trade{Price: decimal.MustParse(price)}},
	}}, time.Now())
}

// follow begins to tell the Book.
func (w *tellWorld) follow() {
	w.t = newTeller(w.q, beat{Epoch: 7}, time.Now(), w.book.Status())
	w.t.log = slog.New(slog.NewTextHandler(&w.log, nil))
	go func() {
		for c := range w.book.FollowLives(w.Context(), 0, time.Second) {
			if c.End == nil {
				w.t.change(&w.book, &c)
			}
		}
	}()
}

// land writes all that is queued, and returns the keys in their order.
func (w *tellWorld) land() (keys []string) {
	synctest.Wait()
	w.q.mu.Lock()
	defer w.q.mu.Unlock()
	for rev := uint64(1); ; rev++ {
		e, b := w.q.take(9)
		if e == nil {
			return keys
		}
		if b != nil {
			w.beats = append(w.beats, *b)
		} else {
			w.bucket[e.key] = e.rec
		}
		keys = append(keys, e.key)
		w.q.wrote(e, rev)
	}
}

func TestTellerTellsHowMarketsStand(t *testing.T) {
	inTellWorld(t, func(w *tellWorld) {
		w.list("A-B", "NEW-USD", "BAD-USD", "HALT-USD")
		w.keep.Refuse("BAD-USD", "no such market")
		w.link = w.book.Link([]ticker.Market{"A-B", "NEW-USD"}, ticker.Feed{Trade: ticker.Told{Kind: ticker.EveryChange}})
		w.tell("A-B", "1.50")
		w.q.entries["OLD-USD"] = &entry{key: "m.OLD-USD", rev: 3} // as another publisher left it
		time.Sleep(time.Second / 2)
		w.follow()
		keys := w.land()
		slices.Sort(keys)
		assert.Equal(t, []string{"m.A-B", "m.BAD-USD", "m.HALT-USD", "m.NEW-USD", "m.OLD-USD", "status"}, slices.Compact(keys))
		ab := w.bucket["m.A-B"]
		assert.True(t, ab.known)
		assert.Equal(t, "1.50", ab.ticker.Trade.Price.String())
		assert.Equal(t, clock{asOf: tick(-time.Second / 2), received: tick(-time.Second / 2)}, ab.clocks[0])
		assert.Equal(t, ticker.TradeGroup, ab.follows)
		assert.EqualValues(t, 1, ab.link)
		assert.EqualValues(t, 7, ab.epoch)
		bad, halted, unknown, old := bare(7), bare(7), bare(7), bare(7)
		old.refused = notListed
		assert.Equal(t, old, w.bucket["m.OLD-USD"], "our list may be older than the market")
		bad.refused, halted.refused, halted.halted = "no such market", notTrading, true
		assert.Equal(t, []record{bad, halted, unknown}, []record{w.bucket["m.BAD-USD"], w.bucket["m.HALT-USD"], w.bucket["m.NEW-USD"]})
		assert.Equal(t, live, w.beats[0].Phase)
		assert.Equal(t, []int{1, 4, 1, 2}, []int{w.beats[0].Known, w.beats[0].Total, w.beats[0].Unknown, w.beats[0].Refused})

		time.Sleep(time.Second)
		assert.Equal(t, []string{"status"}, w.land(), "a heartbeat costs one write")
		for range 2 {
			assert.Equal(t, old, w.bucket["m.OLD-USD"])
			w.list("A-B", "NEW-USD", "BAD-USD", "HALT-USD")
			time.Sleep(2 * time.Second)
			w.land()
		}
		assert.Equal(t, record{epoch: 7, removed: true}, w.bucket["m.OLD-USD"])

		w.tell("NEW-USD", "2")
		w.land()
		assert.False(t, w.bucket["m.NEW-USD"].known, "the Book has not been asked yet")
		time.Sleep(2 * time.Second)
		w.land()
		assert.True(t, w.bucket["m.NEW-USD"].known)
		assert.Equal(t, "2", w.bucket["m.NEW-USD"].ticker.Trade.Price.String())
	})
}

func TestTellerTellsRemovals(t *testing.T) {
	inTellWorld(t, func(w *tellWorld) {
		w.list("A-B", "C-D")
		w.link = w.book.Link([]ticker.Market{"A-B", "C-D"}, ticker.Feed{Trade: ticker.Told{Kind: ticker.EveryChange}})
		w.tell("A-B", "1")
		w.follow()
		w.land()
		for range 2 {
			time.Sleep(time.Second / 4)
			w.list("A-B")
		}
		time.Sleep(2 * time.Second)
		w.land()
		assert.True(t, w.bucket["m.C-D"].removed, "it was never known")
		for range 2 {
			time.Sleep(time.Second / 4)
			w.list("C-D")
		}
		assert.Equal(t, "m.A-B", w.land()[0])
		assert.True(t, w.bucket["m.A-B"].removed, "told at once")
		time.Sleep(3 * time.Second)
		w.land()
		assert.True(t, w.bucket["m.A-B"].removed, "and it stays so")
		assert.False(t, w.bucket["m.C-D"].removed, "it is back, unknown")
	})
}

func TestTellerTellsALostConnectionAtOnce(t *testing.T) {
	inTellWorld(t, func(w *tellWorld) {
		w.list("A-B")
		w.link = w.book.Link([]ticker.Market{"A-B"}, ticker.Feed{Trade: ticker.Told{Kind: ticker.EveryChange}})
		w.tell("A-B", "1")
		w.follow()
		w.land()
		time.Sleep(time.Second / 4)
		w.link.Close(errors.New("reset"))
		w.land()
		last := w.beats[len(w.beats)-1]
		assert.Equal(t, "down", last.State)
		require.Len(t, last.Links, 1)
		assert.Equal(t, []any{true, "reset", tick(0)}, []any{last.Links[0].Closed, last.Links[0].Error, last.Links[0].Heard})
	})
}

// A market that no key can be made of costs itself, and the log says so once.
func TestTellerNamesAMarketWithoutAKey(t *testing.T) {
	inTellWorld(t, func(w *tellWorld) {
		long := ticker.Market(strings.Repeat("L", maxMarket) + "-USD")
		w.list("A-B", long)
		w.link = w.book.Link([]ticker.Market{"A-B", long}, ticker.Feed{Trade: ticker.Told{Kind: ticker.EveryChange}})
		w.tell(long, "1")
		w.follow()
		w.land()
		w.tell("A-B", "2")
		w.tell(long, "2")
		time.Sleep(5 * time.Second)
		keys := w.land()
		assert.Contains(t, keys, "m.A-B")
		assert.Equal(t, 1, strings.Count(w.log.String(), "its name is too long"))
		assert.Contains(t, w.log.String(), "LLL")
		assert.Len(t, w.bucket, 1)
	})
}
