package arbitrage

import "sync"

// backlog is how many signals may wait for the caller. Beyond it Scan looks at no
// update until the caller has taken some; the Books keep the newest for it.
const backlog = 1 << 14

// queue holds the signals that the caller has not taken.
type queue struct {
	mu      sync.Mutex
	waiting []Signal
	taken   uint64        // signals taken so far: the place of waiting[0]
	ended   bool          // nothing more comes
	wake    chan struct{} // something has come, or the end
	room    chan struct{} // there is room again
}

func newQueue() *queue {
	return &queue{wake: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// put adds a signal. A move takes the place of the last one of its life, if that
// still waits: at is where it was put, 0 for none. It returns where this one is.
func (q *queue) put(s *Signal, at uint64) uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	if s.Event == Moved && at >= q.taken+1 {
		if w := &q.waiting[at-q.taken-1]; w.Event == Moved && w.ID == s.ID {
			moved := w.Moved | s.Moved
			*w = *s
			w.Moved = moved
			return at
		}
	}
	q.waiting = append(q.waiting, *s)
	notify(q.wake)
	return q.taken + uint64(len(q.waiting))
}

// end says that nothing more comes.
func (q *queue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
	notify(q.wake)
}

// full reports whether as many wait as may.
func (q *queue) full() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting) >= backlog
}

// take waits for the next signal. It returns false after the end.
func (q *queue) take(s *Signal) bool {
	for {
		q.mu.Lock()
		if len(q.waiting) > 0 {
			*s = q.waiting[0]
			q.waiting = q.waiting[1:]
			q.taken++
			if len(q.waiting) == backlog-1 {
				notify(q.room)
			}
			if len(q.waiting) == 0 {
				q.waiting = nil
			}
			q.mu.Unlock()
			return true
		}
		ended := q.ended
		q.mu.Unlock()
		if ended {
			return false
		}
		<-q.wake
	}
}

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
