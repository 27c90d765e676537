package ticker

import (
	"fmt"
	"time"
)

// audited is a world with an audit and a link that has told A-B at 1.
func (w *world) audited(price string) *Link {
	w.k.Audit(time.Second, false)
	l := w.link(tradesOnly)
	w.at(1)
	tell(l, trade("A-B", price))
	return l
}

// looks has the link be heard each second until a moment, and the audit look each
// time. It returns how many mismatches that showed.
func (w *world) looks(l *Link, until float64) int {
	for s := w.seconds(time.Now()); s < until; s++ {
		w.at(s + 1)
		l.Heard(time.Now())
		w.k.Mismatches(nil)
	}
	return int(w.Status().Audit.Mismatches)
}

// Rules about what comparing an answer with the stream may do.
var auditRules = []directed{{
	rule: ruleHeal, name: "heal",
	promise: "what the stream lost is had from an answer that it never explains",
	schedule: func(w *world) string {
		l := w.audited("5")
		w.at(3)
		w.answer(l, 2.5, trade("A-B", "6")) // changed at 2, and never told
		w.looks(l, 12)
		return expect("price", w.price(), "6")
	},
}, {
	rule: ruleOwed, name: "owed",
	promise: "an answer that overtakes the stream is no mismatch",
	schedule: func(w *world) string {
		l := w.audited("5")
		w.at(3)
		w.answer(l, 2.5, trade("A-B", "6"))
		w.looks(l, 5)
		tell(l, trade("A-B", "6")) // it took three seconds
		return expect("mismatches", fmt.Sprint(w.looks(l, 12)), "0")
	},
}, {
	rule: ruleMoot, name: "moot",
	promise: "a healed value never steps back over a newer message",
	schedule: func(w *world) string {
		l := w.audited("5")
		w.at(3)
		w.answer(l, 2.5, trade("A-B", "6"))
		w.looks(l, 4)
		tell(l, trade("A-B", "7"))
		w.looks(l, 12)
		return expect("price", w.price(), "7")
	},
}, {
	rule: rulePast, name: "past",
	promise: "what the stream told before its last message is a cache's, and no mismatch",
	schedule: func(w *world) string {
		l := w.audited("5")
		w.at(2)
		tell(l, trade("A-B", "6"))
		w.at(4)
		w.answer(l, 3, trade("A-B", "5")) // of 1, from a cache that nobody declared
		w.looks(l, 12)
		return expect("price", w.price(), "6")
	},
}}
