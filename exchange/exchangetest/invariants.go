package exchangetest

import "fmt"

// Invariant is something that a Book promises and that Simulate looks at.
type Invariant struct {
	Name    string
	Promise string
}

const (
	genuine  = "genuine"
	order    = "order"
	fresh    = "fresh"
	alive    = "alive"
	complete = "complete"
	truth    = "truth"
	pace     = "pace"
	spread   = "spread"
	quiet    = "quiet"
	mute     = "mute"
	handover = "handover"
	removal  = "removal"
	audit    = "audit"
	leak     = "leak"
)

// Invariants returns what Simulate looks at.
func Invariants() []Invariant {
	return []Invariant{
		{genuine, "each price is one that the exchange had"},
		{order, "a price never steps back; without order keys, only while the feed still owes it"},
		{fresh, "what is held is no older than AsOf says, less what a frame takes"},
		{alive, "on a live connection with heartbeats a quiet market is fresh"},
		{complete, "synced: each market that trades is known or refused"},
		{truth, "when faults and changes stop, the Book equals the exchange"},
		{pace, "in no window are more REST requests sent than the budget allows"},
		{spread, "in no window are more connections tried than the exchange allows"},
		{quiet, "a connection on which nothing happens is not cut"},
		{mute, "a connection that hides what happens is noticed in time, and replaced"},
		{handover, "a connection is replaced unseen: nothing is lost, and no AsOf stands still for longer than the feed's delay"},
		{removal, "delisted markets go, and no others"},
		{audit, "what the exchange answers and what it told are never taken for a mismatch, since nothing was lost"},
		{leak, "Run ends at once when cancelled, and nothing of it is left"},
	}
}

// findings is what one history showed.
type findings struct {
	looked map[string]int
	broken map[string]string // the first that was found of each
}

func newFindings() *findings {
	return &findings{looked: make(map[string]int), broken: make(map[string]string)}
}

// look counts a look at an invariant, and reports the first time that it does not
// hold.
func (f *findings) look(name string, holds bool, format string, args ...any) {
	f.looked[name]++
	if _, known := f.broken[name]; !holds && !known {
		f.broken[name] = fmt.Sprintf(format, args...)
	}
}
