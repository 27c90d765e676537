package engine

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// Why a guard cuts a connection.
var (
	errClock  = errors.New("the clock jumped: nothing that was read can be dated")
	errPaused = errors.New("the program was paused: what waits in the socket is old")
)

const (
	guardEvery = time.Second
	clockJump  = time.Second            // more than this between wall and monotonic clock
	pausedFor  = 5 * time.Second        // a second that took this much longer
	hiccup     = 250 * time.Millisecond // a look of the guard may be so late
)

// Clock reads this machine's clocks: the time, monotonic reading included, and the
// wall clock alone. The two part when the machine sleeps or its clock is set.
type Clock func() (now, wall time.Time)

func clocks() (now, wall time.Time) {
	now = time.Now()
	return now, now.Round(0)
}

// watch is when the guard last looked at the clocks. The reader compares with it:
// after a sleep or a pause it may be the first to run, and what it then reads has
// waited in the socket for nobody knows how long.
type watch struct {
	began, beganWall time.Time
	mono, wall       atomic.Int64 // of the last look, in ns since then
	due              atomic.Int64 // when the next is to be
}

// stood reports whether the program has stood still since the last look, which was
// then: as long as it is not paused for that the connection goes on, but what is
// read until the socket is empty is old.
func (w *watch) stood(now time.Time) (since time.Time, yes bool) {
	late := now.Sub(w.began) - time.Duration(w.due.Load())
	return w.began.Add(time.Duration(w.mono.Load())), late > hiccup
}

// readOn tells the link of such a time. A backlog is read faster than it came.
func (o *open) readOn(now time.Time) {
	if since, yes := o.watch.stood(now); yes {
		o.link.Waited(since, now.Add(hiccup+now.Sub(since)/2))
	}
}

func (w *watch) look(now, wall time.Time) {
	w.mono.Store(int64(now.Sub(w.began)))
	w.wall.Store(int64(wall.Sub(w.beganWall)))
}

// jumped says why what is read now cannot be dated; nil: it can.
func (w *watch) jumped(now, wall time.Time) error {
	mono := now.Sub(w.began) - time.Duration(w.mono.Load())
	switch apart := wall.Sub(w.beganWall) - time.Duration(w.wall.Load()) - mono; {
	case apart.Abs() > clockJump:
		return errClock
	case mono > guardEvery+pausedFor:
		return errPaused
	}
	return nil
}

// guard cuts the connection when it is silent for the exchange's idle time, when
// its order keys are void, and when this machine slept or its clock was set.
func (s *shard) guard(o *open) {
	next := time.NewTimer(guardEvery)
	defer next.Stop()
	idle := s.r.o.Idle
	if s.r.Feed.Quiet {
		idle = 0 // see listen
	}
	for {
		select {
		case <-o.ctx.Done():
			return
		case <-next.C:
		}
		now, wall := s.r.o.Clock()
		if err := o.watch.jumped(now, wall); err != nil {
			o.cut(err)
			return
		}
		o.readOn(now)
		o.watch.look(now, wall)
		silent := now.Sub(o.watch.began) - time.Duration(o.heard.Load())
		switch {
		case o.link.Void():
			o.cut(ticker.ErrRestarted)
			return
		case idle > 0 && silent >= idle:
			o.cut(fmt.Errorf("silent for %v", silent.Round(time.Millisecond)))
			return
		}
		wait := guardEvery
		if idle > silent {
			wait = min(wait, idle-silent)
		}
		o.watch.due.Store(int64(now.Add(wait).Sub(o.watch.began)))
		next.Reset(wait)
	}
}
