package backoff

import (
	"math/rand/v2"
	"time"
)

// Backoff is the state of one thing that is tried again and again. Its zero value
// is ready. One goroutine uses it.
type Backoff struct {
	Min     time.Duration // the first bound; if zero, 250 ms
	Max     time.Duration // the last bound; if zero, 30 s
	Healthy time.Duration // up for so long, the bound is the first again; if zero, a minute
	Rand    *rand.Rand    // if nil, the process's own source

	bound time.Duration
	up    time.Time
}

// Next returns how long to wait before the next try: between nothing and the
// bound, which doubles with each call from Min up to Max.
func (b *Backoff) Next() time.Duration {
	b.Down()
	first, last := or(b.Min, 250*time.Millisecond), or(b.Max, 30*time.Second)
	bound := min(max(b.bound, first), last)
	b.bound = min(2*bound, last)
	if b.Rand != nil {
		return time.Duration(b.Rand.Int64N(int64(bound) + 1))
	}
	return time.Duration(rand.Int64N(int64(bound) + 1))
}

// Up says that a try succeeded just now.
func (b *Backoff) Up() { b.up = time.Now() }

// Down says that what was up has failed just now. If it was healthy for long
// enough the next bound is Min. Next calls it; calling it twice does no harm.
func (b *Backoff) Down() {
	if !b.up.IsZero() && time.Since(b.up) >= or(b.Healthy, time.Minute) {
		b.bound = 0
	}
	b.up = time.Time{}
}

func or(d, standard time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return standard
}
