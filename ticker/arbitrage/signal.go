package arbitrage

import (
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/ticker"
)

// Event is a moment in the life of a signal.
type Event uint8

const (
	Opened Event = iota + 1 // the pair began to pay
	Moved                   // it still pays; a price or a size that it uses has changed
	Closed                  // it no longer pays, or can no longer be relied on
)

// String returns the name of the event.
func (e Event) String() string {
	names := [...]string{"none", "opened", "moved", "closed"}
	if int(e) < len(names) {
		return names[e]
	}
	return "unknown"
}

// Legs is a set of a pair's two legs.
type Legs uint8

const (
	BuyLeg Legs = 1 << iota
	SellLeg
)

// String names the legs.
func (l Legs) String() string {
	names := [...]string{"none", "buy", "sell", "both"}
	if int(l) < len(names) {
		return names[l]
	}
	return "unknown"
}

// Signal is one event in the life of a pair that pays: it is opened once, moves
// any number of times, and is closed once. Its Pair is what was so at the moment
// At; that of a closed signal need not pay any more.
type Signal struct {
	ID     uint64 // numbers the lives from 1, in the order of their opening
	Event  Event
	Reason Reason        // why it was closed; Usable before that
	Market ticker.Market // quote assets that count as one have the first one's name
	At     time.Time
	Opened time.Time // when this life began
	// Moved names the legs whose update this is: with a signal that is opened or
	// closed, those that made it so, and none where it was the passing of time.
	Moved Legs
	Pair
	Best   decimal.Decimal // the greatest Net of this life so far
	BestAt time.Time
}
