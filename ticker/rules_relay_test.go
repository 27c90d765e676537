package ticker

import (
	"fmt"
	"time"

	"github.com/govalues/decimal"
)

// Rules about what a relay tells of the Book that it repeats.
var relayRules = []directed{{
	rule: ruleFed, name: "fed",
	promise: "the word of an origin's link makes nothing fresh before its delay is known",
	schedule: func(w *world) string {
		l := w.link(relay)
		w.at(5)
		tell(l, w.relayed("1", 1, 2, follows7), Update{Origin: &Origin{Link: 7, Heard: w.moment(5)}})
		w.at(6)
		tell(l, Update{Origin: &Origin{Link: 7, Feed: &Feed{Trade: throttle}}})
		return expect("AsOf", fmt.Sprint(w.asOf()), "2")
	},
}, {
	rule: ruleAhead, name: "ahead",
	promise: "no word of a relay reaches further than the frame that told of it",
	schedule: func(w *world) string {
		l := w.link(relay)
		w.at(1)
		tell(l, w.relayed("1", 1, 90, follows7), word(7, w.moment(90)))
		return expect("AsOf", fmt.Sprint(w.asOf()), "1")
	},
}, {
	rule: ruleAgain, name: "again",
	promise: "a value that is told again, by who knows less of its age, is no older for it",
	schedule: func(w *world) string {
		l := w.link(relay)
		w.at(9)
		tell(l, w.relayed("1", 1, 8, Origin{}))
		tell(l, w.relayed("1", 2, 6, Origin{}))
		return expect("AsOf", fmt.Sprint(w.asOf()), "8")
	},
}, {
	rule: ruleSaid, name: "said",
	promise: "a list from before the origin said that a market trades no more does not overrule it",
	schedule: func(w *world) string {
		l := w.link(relay)
		w.list("A-B")
		w.at(2)
		tell(l, w.relayed("1", 1, 2, Origin{Halted: true}))
		w.listAsked(1, "A-B")
		return expect("refused", w.Status().Refused["A-B"], notTrading)
	},
}, {
	rule: ruleGone, name: "gone",
	promise: "a list from before the origin said that a market is gone does not bring it back",
	schedule: func(w *world) string {
		l := w.link(relay)
		w.at(2)
		tell(l, w.relayed("1", 1, 2, Origin{Known: true}), w.relayed("", 0, 0, Origin{Removed: true}))
		w.listAsked(1, "A-B")
		return expect("listed", fmt.Sprint(w.Status().Total), "0")
	},
}}

// relay repeats another Book.
var relay = Feed{Relay: true}

// follows7 is of a market of which the trade moves with the origin's link 7.
var follows7 = Origin{Link: 7, Known: true, Follows: TradeGroup}

// relayed is what a relay tells of A-B: its trade as the origin has it, unless the
// price is empty, and what the origin says.
func (w *world) relayed(price string, key uint64, asOf float64, o Origin) Update {
	u := Update{Origin: &o}
	u.Market = "A-B"
	if price != "" {
		u.Groups = TradeGroup
		u.Trade.Price = decimal.MustParse(price)
		u.Trade.Stamp = Stamp{AsOf: w.moment(asOf), Received: w.moment(0), Key: key, Source: Stream, Kind: EveryChange}
	}
	return u
}

// word is a heartbeat of a link of the origin that tells every change of all.
func word(link uint64, heard time.Time) Update {
	every := Told{Kind: EveryChange, REST: true}
	return Update{Origin: &Origin{Link: link, Feed: &Feed{Trade: every, Quote: every}, Heard: heard}}
}
