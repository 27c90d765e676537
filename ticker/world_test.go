package ticker

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/require"
)

// world is a Book in virtual time, with short words for schedules. Moments are
// seconds since its beginning.
type world struct {
	*testing.T
	Book
	k     *Keeper
	start time.Time
}

func inWorld(t *testing.T, off rule, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, start: time.Now()}
		w.Book.off = off
		var err error
		w.k, err = w.Keep("sim")
		require.NoError(t, err)
		f(w)
		w.k.End(nil)
	})
}

func (w *world) moment(s float64) time.Time {
	return w.start.Add(time.Duration(s * float64(time.Second)))
}
func (w *world) seconds(t time.Time) float64 { return t.Sub(w.start).Seconds() }

// Name is the test's; the Book has one too.
func (w *world) Name() string { return w.T.Name() }

// at lets time pass until the given moment.
func (w *world) at(s float64) { time.Sleep(time.Until(w.moment(s))) }

func (w *world) link(f Feed, ms ...Market) *Link {
	if len(ms) == 0 {
		ms = []Market{"A-B"}
	}
	return w.Link(ms, f)
}

// answer merges an answer that has just come to a request sent at asked.
func (w *world) answer(l *Link, asked float64, us ...Update) { l.Answer(us, w.moment(asked), false) }

// tell merges a frame that has just come.
func tell(l *Link, us ...Update) error { return l.Stream(us, time.Now()) }

// list merges an exchange's list of trading markets, asked for and got just now.
func (w *world) list(ms ...Market) bool { return w.listAsked(w.seconds(time.Now()), ms...) }

func (w *world) listAsked(asked float64, ms ...Market) bool {
	var ls []Listed
	for _, m := range ms {
		ls = append(ls, Listed{m, true})
	}
	return w.k.List(ls, w.moment(asked))
}

// price returns the trade price of A-B; "" where it is not known.
func (w *world) price() string {
	if t, ok := w.Get("A-B"); ok && t.Trade.Source != NoSource {
		return t.Trade.Price.String()
	}
	return ""
}

// bid returns the bid of A-B.
func (w *world) bid() string {
	t, _ := w.Get("A-B")
	return t.Quote.Bid.String()
}

// asOf returns the AsOf of A-B's trade, or of its quote where it has no trade.
func (w *world) asOf() float64 {
	t, _ := w.Get("A-B")
	if t.Trade.Source == NoSource {
		return w.seconds(t.Quote.AsOf)
	}
	return w.seconds(t.Trade.AsOf)
}

// keyed is a trade of A-B with an order key.
func keyed(price string, key uint64) Update {
	u := trade("A-B", price)
	u.Trade.Key = key
	return u
}

// quoted is a quote of A-B with an order key; 0 is none.
func quoted(bid string, key uint64) Update {
	u := Update{Groups: QuoteGroup}
	u.Market, u.Quote.Bid, u.Quote.Key = "A-B", decimal.MustParse(bid), key
	return u
}

// Ways in which exchanges tell.
var (
	cachedTrades = Feed{Trade: Told{Kind: EveryChange, REST: true, CacheAge: 3 * time.Second}}
	onTrade      = Feed{Quote: Told{Kind: OnTrade, REST: true}}
	restOnly     = Feed{Trade: Told{REST: true, CacheAge: 5 * time.Second}}
)
