package engine_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

func body(s string) simexchange.Failure {
	return simexchange.Body(http.StatusOK, "application/json", s)
}

// badAnswers are what a REST request may get instead of its answer, and what the
// error then says.
var badAnswers = []struct {
	name  string
	with  func() simexchange.Failure
	says  string
	pause time.Duration // nothing is asked for so long
}{
	{"HTML", simexchange.HTML, "HTML", 0},
	{"429 in seconds", func() simexchange.Failure { return simexchange.Limited("7") }, "retry after 7s", 7 * time.Second},
	{"429 until a date", func() simexchange.Failure {
		return simexchange.Limited(time.Now().Add(9 * time.Second).UTC().Format(http.TimeFormat))
	}, "retry after", 8 * time.Second},
	{"429 without a word", func() simexchange.Failure { return simexchange.Limited("") }, "rate limit hit", time.Second},
	{"429 with nonsense", func() simexchange.Failure { return simexchange.Limited("soon") }, "rate limit hit", time.Second},
	{"418", func() simexchange.Failure { return simexchange.Banned("12") }, "status 418", 12 * time.Second},
	{"500", func() simexchange.Failure { return simexchange.Status(500) }, "status 500", 0},
	{"404", func() simexchange.Failure { return simexchange.Status(404) }, "status 404", 0},
	{"hang", simexchange.Hang, "no answer within 10s", 0},
	{"endless", simexchange.Endless, "longer than 1048576 bytes", 0},
	{"elsewhere", func() simexchange.Failure { return simexchange.Redirect("http://elsewhere.invalid/") }, "redirected elsewhere", 0},
	{"cut", simexchange.Cut, "EOF", 0},
	{"no result", simexchange.NoResult, "without result", 0},
	{"no dict", func() simexchange.Failure { return body(`[1, 2]`) }, "cannot unmarshal", 0},
	{"result of another type", func() simexchange.Failure { return body(`{"result": "etc_dot"}`) }, "no dict", 0},
	{"empty", func() simexchange.Failure { return body("") }, "unexpected end", 0},
	{"deep", func() simexchange.Failure { return body(deep) }, "depth", 0},
	{"absurd price", func() simexchange.Failure { return body(`{"result": {"dot_usd": -1e400}}`) }, "dot_usd", 0},
	{"a market that nobody asked for", func() simexchange.Failure { return body(`{"result": {"doge_moon": 1.5}}`) }, "doge_moon", 0},
	{"one more market", func() simexchange.Failure { return body(`{"result": {"doge_moon": 1.5, "dot_usd": -1}}`) }, "doge_moon", 0},
}

var deep = func() string {
	b := make([]byte, 200_000)
	for i := range b {
		b[i] = '['
	}
	return `{"result": ` + string(b)
}()

// An answer that is none is counted and named, costs nothing that was known, and
// the engine goes on at its pace: at the start and later.
func TestBadInputAnswers(t *testing.T) {
	for _, s := range both {
		for _, a := range badAnswers {
			t.Run(s.name+"/"+a.name, func(t *testing.T) {
				fail := func(sim *simexchange.Server) { sim.Fail(3, a.with(), s.path) }
				play(t, s, notebook, fail, func(w *world) {
					w.failed(a.says)
					w.right()
					known := w.prices()
					fail(w.sim)
					w.sim.Drop()
					st := w.failed(a.says)
					assert.Equal(w, known, w.prices(), "what was known stays")
					assert.Empty(w, st.Unknown)
					assert.Empty(w, w.right().Refused)
					w.paused(a.pause)
				})
			})
		}
	}
}

// failed waits until a request has failed, and looks at what is said about it.
func (w *world) failed(says string) ticker.Status {
	w.Helper()
	n := w.book.Status().Backfill.Failed
	st := w.until("failed", func(st ticker.Status) bool { return st.Backfill.Failed > n })
	require.Error(w, st.LastError)
	assert.ErrorContains(w, st.LastError, says)
	assert.Less(w, len(st.LastError.Error()), 1000)
	return st
}

// paused: after the first answer that asks for a pause there is one. What was sent
// at the same moment could not know.
func (w *world) paused(d time.Duration) {
	w.Helper()
	var limited time.Time
	for _, r := range w.sim.Requests() {
		switch {
		case !limited.IsZero() && r.At.After(limited):
			assert.GreaterOrEqual(w, r.At.Sub(limited), d, r.Path)
			return
		case r.Status == http.StatusTooManyRequests, r.Status == http.StatusTeapot:
			limited = r.At
		}
	}
}

// An answer about another market says nothing about the one that was asked for.
func TestBadInputAnswerForAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		swapped := 0
		src := &fake{fetch: nil}
		src.feed = everyTrade()
		src.feed.Budget = exchange.NewBudget(5, 1)
		src.fetch = fetchOf(func(l exchange.Listing) (ticker.Update, error) {
			if swapped++; swapped <= 2 {
				return price("OTHER-X", "666"), nil
			}
			return price(l.Market, "3"), nil
		})
		r := start(t, both[1], src)
		defer r.end()
		r.until("live", live)
		st := r.book.Status()
		assert.Equal(t, 2, st.Backfill.Failed)
		assert.Empty(t, st.Refused)
		assert.ErrorContains(t, st.LastError, "answered OTHER-X")
		_, ok := r.book.Get("OTHER-X")
		assert.False(t, ok)
	})
}
