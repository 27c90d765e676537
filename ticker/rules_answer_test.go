package ticker

import (
	"errors"
	"fmt"
)

// Rules about what a REST answer may do.
var answerRules = []directed{{
	rule: ruleHigher, name: "higher",
	promise: "an answer above the stream's key replaces, and heals what the stream lost",
	schedule: func(w *world) string {
		l := w.link(tradesOnly)
		tell(l, keyed("5", 5))
		w.at(2)
		w.answer(l, 1, keyed("6", 6))
		return expect("price", w.price(), "6")
	},
}, {
	rule: ruleTold, name: "told",
	promise: "a cached answer with a key of before a restart turns nothing back",
	schedule: func(w *world) string {
		w.at(9)
		l := w.link(cachedTrades)
		w.at(10)
		tell(l, keyed("5", 4)) // the first keys of a new count
		w.at(11)
		w.answer(l, 10.5, keyed("3", 600)) // of 8, before it began
		return expect("price", w.price(), "5")
	},
}, {
	rule: ruleSettle, name: "settle",
	promise: "an answer of before a dropped message does not make the market fresh",
	schedule: func(w *world) string {
		l := w.link(tradesOnly)
		w.at(1)
		tell(l, keyed("5", 50))
		w.at(2)
		tell(l, keyed("6", 3)) // the exchange counts anew: dropped
		w.at(4)
		tell(l, keyed("7", 4)) // and so is what came after the answer was read
		w.at(5)
		w.answer(l, 3, trade("A-B", "6"))
		w.at(9)
		l.Heard(w.moment(9))
		return expect("AsOf", fmt.Sprint(w.asOf()), "1")
	},
}, {
	rule: ruleLater, name: "later",
	promise: "of an OnTrade group, what was told and what was answered since, the later is shown",
	schedule: func(w *world) string {
		l := w.link(onTrade)
		tell(l, quoted("5", 0))
		w.at(2)
		w.answer(l, 1, quoted("6", 0))
		return expect("bid", w.bid(), "6")
	},
}, {
	rule: ruleBegin, name: "begin",
	promise: "an answer from before the link's beginning is no older than it says",
	schedule: func(w *world) string {
		w.at(1)
		w.list("A-B") // asked for before the link, changed at 2, and so missed
		w.at(3)
		l := w.link(tradesOnly)
		w.answer(l, 1, trade("A-B", "1"))
		w.at(9)
		l.Heard(w.moment(9))
		return expect("AsOf", fmt.Sprint(w.asOf()), "1")
	},
}, {
	rule: ruleFill, name: "fill",
	promise: "an answer from before the link's beginning turns nothing back",
	schedule: func(w *world) string {
		l := w.link(cachedTrades)
		w.at(4)
		tell(l, trade("A-B", "2"))
		l.Close(errors.New("reset"))
		w.at(6)
		l = w.link(cachedTrades)
		w.answer(l, 6, trade("A-B", "1")) // of 3, from a cache
		return expect("price", w.price(), "2")
	},
}, {
	rule: ruleAnswered, name: "answered",
	promise: "a cached answer does not turn back what an earlier answer told",
	schedule: func(w *world) string {
		l := w.link(restOnly)
		w.at(11)
		w.answer(l, 10, trade("A-B", "2"))
		w.at(13)
		w.answer(l, 12, trade("A-B", "1")) // of 8, from another cache
		return expect("price", w.price(), "2")
	},
}, {
	rule: ruleCacheAge, name: "cache age",
	promise: "an answer from a cache is as old as the cache",
	schedule: func(w *world) string {
		w.at(10)
		l := w.link(cachedTrades)
		w.at(11)
		w.answer(l, 10.5, trade("A-B", "1")) // of 8; changed at 9, and so missed
		w.at(20)
		l.Heard(w.moment(20))
		return expect("AsOf", fmt.Sprint(w.asOf()), "7.5")
	},
}, {
	rule: ruleHalted, name: "halted",
	promise: "a market that does not trade is never taken from REST",
	schedule: func(w *world) string {
		l := w.link(tradesOnly)
		w.k.List([]Listed{{"A-B", false}}, w.moment(0))
		w.answer(l, 0, trade("A-B", "1"))
		return expect("price", w.price(), "")
	},
}}
