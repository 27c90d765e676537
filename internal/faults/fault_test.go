package faults_test

import (
	"testing"
	"time"

	"github.com/tickersync/tickersync/internal/stalls"
)

// fault is something that goes wrong.
type fault struct {
	name string
	setup
	// first does something before the run starts. If early, the fault is one of the
	// start: nothing need be fresh before.
	first func(t *testing.T, r *rig)
	early bool
	// breaks makes it go wrong, and mend right again after lasts. If mend is nil,
	// it passes by itself.
	breaks func(t *testing.T, r *rig)
	mend   func(t *testing.T, r *rig)
	lasts  time.Duration
	// notice is within which documented time Status says so; a second more is
	// allowed. Negative: nothing is wrong for the Book, and nobody notices.
	notice time.Duration
	// says is what the notice must contain.
	says string
	// delists: a market delisted between the list that names it and its subscription
	// is refused, rightly, until the next list; that is no notice.
	delists bool
	// heal is within which time after its end every market is read as fresh.
	heal time.Duration
	// requests is the most that it may cost; zero: not checked.
	requests int
	// healed is what else belongs to being healed.
	healed func(r *rig) bool
	// audit: nothing on the wire reveals it, so prices may be stale.
	audit bool
	// alone measures it instead, for lasts.
	alone func(t *testing.T, name string, lasts time.Duration, machine *stalls.Meter) row
	// also is what else must hold when it has healed.
	also func(t *testing.T, r *rig) []string
}

// calm is how long a row runs before its fault, so that what is noticed is it.
const calm = 1500 * time.Millisecond

// healWithin is the longest back-off, and what connecting then takes.
const healWithin = 32 * time.Second
