package ticker

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Rules about what may follow what.
var orderRules = []directed{{
	rule: ruleKey, name: "key",
	promise: "what has a lower key than the held value is never shown",
	schedule: func(w *world) string {
		l := w.link(tradesOnly)
		tell(l, keyed("5", 5))
		tell(l, keyed("4", 4))
		return expect("price", w.price(), "5")
	},
}, {
	rule: ruleEpoch, name: "epoch",
	promise: "keys of different epochs do not compare: a new epoch is shown at once",
	schedule: func(w *world) string {
		l := w.link(tradesOnly)
		tell(l, keyed("5", 5))
		u := keyed("6", 1)
		u.Trade.Epoch = 1
		tell(l, u)
		return expect("price", w.price(), "6")
	},
}, {
	rule: ruleDouble, name: "double",
	promise: "a message told again is no news: its AsOf does not move",
	schedule: func(w *world) string {
		l := w.link(onTrade)
		w.at(1)
		tell(l, quoted("5", 5))
		l.Close(errors.New("reset"))
		w.at(9) // the quote has changed unseen; the last trade's ticker comes on subscribing
		tell(w.link(onTrade), quoted("5", 5))
		return expect("AsOf", fmt.Sprint(w.asOf()), "1")
	},
}, {
	rule: ruleRepeat, name: "repeat",
	promise: "an OnTrade ticker that repeats its key never replaces a newer answer",
	schedule: func(w *world) string {
		l := w.link(onTrade)
		w.at(1)
		tell(l, quoted("5", 5))
		w.at(3)
		w.answer(l, 2, quoted("6", 5)) // changed since the trade that the key counts
		l.Close(errors.New("reset"))
		tell(w.link(onTrade), quoted("5", 5))
		return expect("bid", w.bid(), "6")
	},
}, {
	rule: ruleAnew, name: "anew",
	promise: "an OnTrade ticker sent anew, that says how old it is, does not replace a newer answer",
	schedule: func(w *world) string {
		l := w.link(onTrade)
		w.at(3)
		w.answer(l, 2, quoted("6", 0))
		l.Close(errors.New("reset"))
		w.at(9)
		old := quoted("5", 0)
		old.Age = 8 * time.Second
		tell(w.link(onTrade), old)
		return expect("bid", w.bid(), "6")
	},
}, {
	rule: ruleUnder, name: "under",
	promise: "once the link has told a market, readers see what it tells in its order",
	schedule: func(w *world) string {
		l := w.link(tradesOnly)
		tell(l, trade("A-B", "1"))
		return w.overtaken(l)
	},
}, {
	rule: ruleOnce, name: "once",
	promise: "once an answer has confirmed a market, readers see what the link tells in its order",
	schedule: func(w *world) string {
		l := w.link(tradesOnly)
		w.answer(l, 0, trade("A-B", "1"))
		return w.overtaken(l)
	},
}, {
	rule: ruleOwner, name: "owner",
	promise: "only the link that owns a market writes to it",
	schedule: func(w *world) string {
		l, next := w.link(tradesOnly), w.link(tradesOnly)
		tell(l, trade("A-B", "1"))
		tell(l, trade("A-B", "2"))
		tell(next, trade("A-B", "1")) // the same feed, a little later
		return expect("price", w.price(), "2")
	},
}, {
	rule: ruleRestart, name: "restart",
	promise: "an exchange that counts its keys anew is followed again",
	schedule: func(w *world) string {
		l := w.link(tradesOnly)
		tell(l, keyed("100", 100))
		for s := 1; s <= 12; s++ {
			w.at(float64(s))
			if err := tell(l, keyed(fmt.Sprint(s), uint64(s))); errors.Is(err, ErrRestarted) {
				l.Close(err)
				l = w.link(tradesOnly)
			}
		}
		return expect("price", w.price(), "12")
	},
}}

// overtaken has an answer overtake two changes that the link still owes, and
// says when a reader sees a value step back.
func (w *world) overtaken(l *Link) string {
	var seen []string
	look := func() { seen = append(seen, w.price()) }
	w.at(2) // it is 2, and then 3; both frames are under way
	asked := time.Now()
	w.at(3)
	l.Answer([]Update{trade("A-B", "3")}, asked, false)
	look()
	tell(l, trade("A-B", "2"))
	look()
	tell(l, trade("A-B", "3"))
	look()
	return expect("what readers saw", strings.Join(seen, " "), "1 2 3")
}
