package ticker

import (
	"bytes"
	"fmt"
	"time"

	"github.com/stretchr/testify/require"
)

// Rules about what a file told.
var warmRules = []directed{{
	rule: ruleWarm, name: "warm",
	promise: "an answer replaces what a file told, even one from a cache",
	schedule: func(w *world) string {
		l := w.warmAnswered()
		l.Heard(w.moment(12))
		return expect("price", w.price(), "1")
	},
}, {
	rule: ruleFile, name: "file",
	promise: "an answer from a cache is no younger for what a file told",
	schedule: func(w *world) string {
		w.warmAnswered()
		return expect("AsOf", fmt.Sprint(w.asOf()), "7")
	},
}}

// warmAnswered begins with A-B at 2 from a file, as of 8, and has an answer of 7
// say 1.
func (w *world) warmAnswered() *Link {
	w.at(9)
	w.warmed(warmTrade("A-B", "2", w.moment(8)))
	w.at(10)
	l := w.link(cachedTrades)
	w.answer(l, 10, trade("A-B", "1"))
	return l
}

// warmed ends the run, reads a file with the tickers, and begins another run.
func (w *world) warmed(ts ...Ticker) {
	w.Helper()
	w.k.End(nil)
	_, err := w.ReadFrom(bytes.NewReader(appendFile(nil, "sim", ts)))
	require.NoError(w, err)
	w.k, err = w.Keep("sim")
	require.NoError(w, err)
}

// warmTrade is a ticker that a file may hold.
func warmTrade(m Market, price string, asOf time.Time) Ticker {
	t := trade(m, price).Ticker
	t.Trade.AsOf, t.Trade.Source = asOf, Stream
	return t
}
