package ticker

import (
	"errors"
	"fmt"

	"github.com/stretchr/testify/require"
)

// Rules about markets that pass from one link to another. In each schedule the
// old link tells "1" at 1, and the next one is opened at 2.
var handOverRules = []directed{{
	rule: ruleCharge, name: "charge",
	promise: "while the old link is open, AsOf does not stand still for a hand-over",
	schedule: func(w *world) string {
		old, next := w.overlap(tradesOnly)
		w.tell(3, old, trade("A-B", "2"))
		w.tell(3.1, next, trade("A-B", "2"))
		next.TakeOver()
		w.hear(3.5, old, next)
		return expect("AsOf", fmt.Sprint(w.asOf()), "3.5")
	},
}, {
	rule: ruleReach, name: "reach",
	promise: "with order keys a market passes at the first that is not lower, and AsOf does not stand still",
	schedule: func(w *world) string {
		old, next := w.overlap(tradesOnly)
		w.tell(3, old, keyed("2", 20))
		w.tell(3.1, next, keyed("2", 20))
		old.Close(nil)
		w.hear(3.5, next)
		return expect("AsOf", fmt.Sprint(w.asOf()), "3.5")
	},
}, {
	rule: ruleLower, name: "lower",
	promise: "and not at a lower one, which would put the value in doubt",
	schedule: func(w *world) string {
		old, next := w.overlap(tradesOnly)
		w.tell(2.1, old, keyed("2", 20))
		w.tell(2.2, next, keyed("1", 19)) // it is a little later
		w.hear(2.5, old, next)
		return expect("AsOf", fmt.Sprint(w.asOf()), "2.5")
	},
}, {
	rule: ruleOverlap, name: "overlap",
	promise: "without, a market passes only when the next link cannot owe what is shown",
	schedule: func(w *world) string {
		old, next := w.overlap(tradesOnly)
		w.tell(3, old, trade("A-B", "2"))
		w.tell(3.1, old, trade("A-B", "3"))
		w.tell(3.2, next, trade("A-B", "2"))
		old.Close(nil)
		return expect("price", w.price(), "3")
	},
}, {
	rule: ruleNewest, name: "newest",
	promise: "with the newest that the next link has told",
	schedule: func(w *world) string {
		old, next := w.overlap(tradesOnly)
		w.tell(3, old, trade("A-B", "2"))
		w.tell(3.1, next, trade("A-B", "2"))
		w.hear(4.5, old)
		old.Close(nil)
		w.tell(4.6, next, trade("A-B", "3"))
		w.hear(6, next)
		next.TakeOver()
		return expect("price", w.price(), "3")
	},
}, {
	rule: ruleKept, name: "kept",
	promise: "a quiet market stays confirmed, and nobody has to be asked",
	schedule: func(w *world) string {
		old, next := w.overlap(tradesOnly)
		w.hear(5, old, next)
		old.Close(nil)
		w.hear(6, next)
		return expect("AsOf", fmt.Sprint(w.asOf()), "6")
	},
}, {
	rule: ruleSure, name: "sure",
	promise: "unless something may have changed between the two links",
	schedule: func(w *world) string {
		old, next := w.overlap(tradesOnly)
		w.hear(2.1, old, next)
		old.Close(errors.New("reset")) // it owed what happened at 1.9
		w.hear(9, next)
		next.TakeOver()
		return expect("AsOf", fmt.Sprint(w.asOf()), "2.1")
	},
}, {
	rule: ruleWait, name: "wait",
	promise: "until then no answer confirms it: AsOf is not past what the next link has told and nobody sees",
	schedule: func(w *world) string {
		old, next := w.overlap(tradesOnly)
		w.tell(3, old, trade("A-B", "2"))
		old.Close(nil)
		w.at(3.5)
		w.answer(next, 3.2, trade("A-B", "3")) // as is true
		w.tell(4, next, trade("A-B", "4"))
		w.hear(4.5, next)
		return expect("what is held", fmt.Sprint(w.price(), " as of ", w.asOf()), "2 as of 3")
	},
}, {
	rule: ruleSilent, name: "silent",
	promise: "what the next link told last is shown even if it tells nothing more",
	schedule: func(w *world) string {
		old, next := w.overlap(tradesOnly)
		w.tell(3, old, trade("A-B", "2"))
		old.Close(nil)
		w.tell(3.1, next, trade("A-B", "3"))
		w.at(10)
		next.TakeOver()
		return expect("price", w.price(), "3")
	},
}}

// overlap opens two links on A-B.
func (w *world) overlap(f Feed) (old, next *Link) {
	old = w.link(f)
	w.tell(1, old, trade("A-B", "1"))
	w.at(2)
	return old, w.link(f)
}

// tell has a link tell something at a moment.
func (w *world) tell(at float64, l *Link, us ...Update) {
	w.at(at)
	require.NoError(w, tell(l, us...))
}

// hear has both links send a heartbeat.
func (w *world) hear(at float64, ls ...*Link) {
	w.at(at)
	for _, l := range ls {
		l.Heard(w.moment(at))
	}
}
