package simexchange

import (
	"container/heap"
	"time"
)

// agenda is what is to happen, by time and then in the order it was decided.
type agenda struct {
	items []appointment
	n     uint64
	wake  chan struct{} // holds one element when the earliest has changed
}

type appointment struct {
	at time.Time
	n  uint64
	do func()
}

func (a *agenda) Len() int      { return len(a.items) }
func (a *agenda) Swap(i, j int) { a.items[i], a.items[j] = a.items[j], a.items[i] }
func (a *agenda) Push(x any)    { a.items = append(a.items, x.(appointment)) } //nolint:forcetypeassert // only Server.at pushes
func (a *agenda) Less(i, j int) bool {
	if a.items[i].at.Equal(a.items[j].at) {
		return a.items[i].n < a.items[j].n
	}
	return a.items[i].at.Before(a.items[j].at)
}

func (a *agenda) Pop() any {
	last := len(a.items) - 1
	x := a.items[last]
	a.items[last] = appointment{}
	a.items = a.items[:last]
	return x
}

// at has f called at a time, with the server locked.
func (s *Server) at(t time.Time, f func()) {
	a := &s.agenda
	a.n++
	heap.Push(a, appointment{t, a.n, f})
	if a.items[0].n == a.n {
		signal(a.wake)
	}
}

func (s *Server) after(d time.Duration, f func()) { s.at(time.Now().Add(d), f) }

// run does what is on the agenda until the server closes. Everything that the
// exchange does by itself happens in this one goroutine.
func (s *Server) run() {
	defer s.wg.Done()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(s.doDue())
		select {
		case <-s.done:
			return
		case <-s.agenda.wake:
		case <-timer.C:
		}
	}
}

// doDue does what is due and returns how long the next takes.
func (s *Server) doDue() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &s.agenda
	for len(a.items) > 0 {
		if wait := time.Until(a.items[0].at); wait > 0 {
			return wait
		}
		heap.Pop(a).(appointment).do() //nolint:forcetypeassert // only Server.at pushes
	}
	return time.Hour
}

// signal wakes who waits on the channel, or the next to wait.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
