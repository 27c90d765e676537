package natskv

import (
	"errors"
	"time"
)

var errSlept = errors.New("the machine has slept")

// nap is how far the wall clock may run ahead of the monotonic one between two
// heartbeats. It is what ends every link of a Book, too.
const nap = time.Second

// awake notices that the machine has slept: the monotonic clock stands still then, and
// the wall clock goes on. Ticks written before count too little from then on: what they
// tell would look as fresh as before the sleep. So a tenure ends with it.
type awake struct {
	since func() (mono, wall time.Duration) // the tenure began
	ahead time.Duration                     // by how much the wall clock was, when slept was last asked
}

func newAwake(start time.Time) awake {
	return awake{since: func() (mono, wall time.Duration) {
		now := time.Now()
		return now.Sub(start), now.Round(0).Sub(start.Round(0))
	}}
}

// slept returns errSlept if the machine has since it was last asked.
func (a *awake) slept() error {
	mono, wall := a.since()
	was := a.ahead
	if a.ahead = wall - mono; a.ahead-was > nap {
		return errSlept
	}
	return nil
}

// before is when something was, by what the two clocks show since: the tenure is as
// long as the monotonic clock says, and what came before it is as old as the clock
// says that makes it the older.
func before(mono, wall time.Duration) tick {
	if mono < 0 {
		mono = min(mono, wall)
	}
	return tick(mono)
}
