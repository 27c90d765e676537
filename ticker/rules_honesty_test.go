package ticker

import (
	"fmt"
	"time"
)

// Rules about how fresh a value may be called, and when a market is gone.
var honestyRules = []directed{{
	rule: ruleDoubt, name: "doubt",
	promise: "AsOf stands still while messages below the held key come",
	schedule: func(w *world) string {
		l := w.link(tradesOnly)
		w.at(1)
		tell(l, keyed("5", 100))
		w.at(2)
		tell(l, keyed("6", 1)) // the exchange has begun to count anew
		w.at(3)
		l.Heard(w.moment(3))
		return expect("AsOf", fmt.Sprint(w.asOf()), "1")
	},
}, {
	rule: ruleLag, name: "lag",
	promise: "a late frame counts for when it was sent",
	schedule: func(w *world) string {
		l := w.link(tradesOnly)
		sent := func(price string, s float64) Update {
			u := trade("A-B", price)
			u.Trade.Time = w.moment(s + 1000) // the exchange's clock is another
			return u
		}
		w.at(1.5)
		tell(l, sent("1", 1))
		w.at(7)
		tell(l, sent("2", 2)) // half a second would do: five are lag
		return expect("AsOf", fmt.Sprint(w.asOf()), "2.5")
	},
}, {
	rule: ruleOld, name: "old",
	promise: "an OnTrade ticker of long ago, sent anew on subscribing, is as old as its trade",
	schedule: func(w *world) string {
		l := w.link(onTrade)
		old := quoted("1", 100)
		old.Quote.Time = w.moment(1000) // the exchange's clock is another
		old.Age = 3 * time.Second
		w.at(9)
		tell(l, old)
		return expect("AsOf", fmt.Sprint(w.asOf()), "6")
	},
}, {
	rule: ruleVote, name: "vote",
	promise: "AsOf stands still from the first list without the market",
	schedule: func(w *world) string {
		l := w.gone(1)
		w.at(9)
		l.Heard(w.moment(9))
		return expect("AsOf", fmt.Sprint(w.asOf()), "1")
	},
}, {
	rule: ruleTwice, name: "twice",
	promise: "one list without the market does not remove it",
	schedule: func(w *world) string {
		w.gone(1)
		return expect("price", w.price(), "1")
	},
}, {
	rule: ruleShort, name: "short",
	promise: "two lists that are much too short remove nothing",
	schedule: func(w *world) string {
		w.list("C-D", "E-F", "G-H", "I-J")
		w.gone(2)
		return expect("price", w.price(), "1")
	},
}, {
	rule: ruleSince, name: "since",
	promise: "a list asked for before the market's last message is no vote",
	schedule: func(w *world) string {
		l := w.link(tradesOnly)
		w.at(2)
		tell(l, trade("A-B", "1"))
		w.listAsked(1)
		w.listAsked(1.5)
		return expect("price", w.price(), "1")
	},
}}

// gone has a link tell A-B at 1, and as many empty lists follow, one a second.
func (w *world) gone(lists int) *Link {
	l := w.link(tradesOnly)
	w.at(1)
	tell(l, trade("A-B", "1"))
	for i := range lists {
		w.at(float64(2 + i))
		w.list()
	}
	return l
}
