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

// at returns how long after the watch began it is, by both clocks.
func (w *watch) at(now, wall time.Time) (mono, byWall time.Duration) {
	return now.Sub(w.began), wall.Sub(w.beganWall)
}

func (w *watch) look(mono, wall time.Duration) {
	w.mono.Store(int64(mono))
	w.wall.Store(int64(wall))
}

// jumped says why what is read now cannot be dated; nil: it can.
func (w *watch) jumped(mono, wall time.Duration) error {
	mono -= time.Duration(w.mono.Load())
	wall -= time.Duration(w.wall.Load())
	switch {
	case (wall - mono).Abs() > clockJump:
		return errClock
	case mono > guardEvery+pausedFor:
		return errPaused
	}
	return nil
}

// readOn tells the link when the program has stood still since the last look: as long
// as it was not paused for that the connection goes on, but what is read until the
// socket is empty is old. A backlog is read faster than it came.
func (o *open) readOn(now time.Time, mono time.Duration) {
	if mono-time.Duration(o.watch.due.Load()) > hiccup {
		stood := mono - time.Duration(o.watch.mono.Load())
		o.link.Waited(now.Add(-stood), now.Add(hiccup+stood/2))
	}
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
		mono, byWall := o.watch.at(now, wall)
		if err := o.watch.jumped(mono, byWall); err != nil {
			o.cut(err)
			return
		}
		o.readOn(now, mono)
		o.watch.look(mono, byWall)
		silent := mono - time.Duration(o.heard.Load())
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
		o.watch.due.Store(int64(mono + wait))
		next.Reset(wait)
	}
}
