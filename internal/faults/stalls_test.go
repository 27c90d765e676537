package faults_test

import (
	"sync"
	"time"
)

// stalls measures how much of the time this machine gives the test none: what it
// then finds late is no fault of the library's.
type stalls struct {
	end   chan struct{}
	wg    sync.WaitGroup
	mu    sync.Mutex
	times []stall
}

type stall struct {
	at   time.Time
	late time.Duration
}

// hiccup is what is borne of lateness: less is in the tolerance.
const hiccup = 50 * time.Millisecond

func newStalls() *stalls {
	s := &stalls{end: make(chan struct{})}
	s.wg.Go(func() {
		const every = 5 * time.Millisecond
		last := time.Now()
		for {
			select {
			case <-s.end:
				return
			case <-time.After(every):
			}
			now := time.Now()
			if late := now.Sub(last) - every; late > hiccup {
				s.mu.Lock()
				s.times = append(s.times, stall{now, late})
				s.mu.Unlock()
			}
			last = now
		}
	})
	return s
}

// since returns the sum of the stalls since a moment.
func (s *stalls) since(at time.Time) (sum time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.times) - 1; i >= 0 && s.times[i].at.After(at); i-- {
		sum += s.times[i].late
	}
	return sum
}

func (s *stalls) stop() {
	close(s.end)
	s.wg.Wait()
}
