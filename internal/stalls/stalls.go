package stalls

import (
	"sync"
	"time"
)

// Meter measures until Stop. Make one with New. Its methods may be called from any
// goroutine.
type Meter struct {
	end   chan struct{}
	once  sync.Once
	wg    sync.WaitGroup
	mu    sync.Mutex
	times []stall
}

type stall struct {
	at   time.Time
	late time.Duration
}

const every = 5 * time.Millisecond

// New begins to measure stalls that are longer than least.
func New(least time.Duration) *Meter {
	m := &Meter{end: make(chan struct{})}
	m.wg.Go(func() {
		last := time.Now()
		for {
			select {
			case <-m.end:
				return
			case <-time.After(every):
			}
			now := time.Now()
			if late := now.Sub(last) - every; late > least {
				m.mu.Lock()
				m.times = append(m.times, stall{now, late})
				m.mu.Unlock()
			}
			last = now
		}
	})
	return m
}

// Since returns the sum of the stalls since a moment.
func (m *Meter) Since(at time.Time) (sum time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := len(m.times) - 1; i >= 0 && m.times[i].at.After(at); i-- {
		sum += m.times[i].late
	}
	return sum
}

// Stop ends the measuring. It is idempotent.
func (m *Meter) Stop() {
	m.once.Do(func() { close(m.end) })
	m.wg.Wait()
}
