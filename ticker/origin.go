package ticker

import "time"

// Origin is what an update of a relay (see Feed.Relay) says of the Book that it
// repeats. An update with a Market is about that market there; one without is about
// one of the origin's links, or about the origin as a whole.
//
// The origin's AsOf is repeated in two ways: a stamp carries the one that the group
// had, and where it moves with a link of the origin, the word of that link moves
// it here too: a heartbeat of the origin costs one update, not one a market. All
// times are by this machine's clock, and a relay that cannot be sure tells an
// earlier one, or none. A Book takes none for later than the frame that told it.
type Origin struct {
	// Link is a link of the origin, by a number of the relay's choice that means no
	// other link while its stream lives; 0: none.
	Link uint64

	// Of a market:

	Follows Groups // those whose AsOf moves with that link's word
	Known   bool   // the origin knows it: then so do we, whichever groups it has
	Halted  bool   // its exchange lists it as not trading
	Removed bool   // its exchange no longer lists it: it is removed here at once
	Refused string // why the origin will not know it; "": it is not refused

	// Of that link, in an update without a market:

	// Feed is how the link tells each group. Its word moves nothing before the
	// first update that says so; that one stands.
	Feed *Feed
	// Heard is up to when its word reaches (see Life); zero: nobody knows. It never
	// goes back.
	Heard time.Time
	// Closed says that the link is no more, and why it was lost; ErrClosed where
	// nothing was. It is the last word of that link. A relay also closes a link of
	// which it hears no more. While a market is on a link that was lost the Book is
	// Down.
	Closed error

	// Status is how the origin stands, in an update without a market; nil: as before.
	Status *OriginStatus
}

// OriginStatus is how the Book that a relay repeats stands. The zero value: none has
// been told of.
type OriginStatus struct {
	Name  string // of who repeats it
	Epoch uint64 // raised each time that another takes over from who repeated it
	// State is the origin's. Unless it is Syncing or Live, the Book that repeats it
	// is Down.
	State State
}
