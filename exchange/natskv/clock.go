package natskv

import "time"

const (
	// clockWindow is how far back heartbeats count: among so many one has come
	// about as fast as any can.
	clockWindow = 10 * time.Second
	// drift is how far two clocks may run apart: one part in so many.
	drift = 5000
)

// timeline tells moments on a publisher's clock by ours. A heartbeat says what that
// clock showed when it was sent, and cannot have come before: so what ours showed
// then, less what that one did, is too much by what the heartbeat took, and the
// least of the last seconds by no more than what the fastest took. The least of the
// publisher's round trips to the broker, and of ours, are taken off for it, and what
// the clocks may have run apart since, so that a moment is told too early rather than too late, and what is
// as of it too old rather than too young. The
// zero value has heard nothing.
type timeline struct {
	start   time.Time // a moment of ours from which all else counts
	last    time.Time // when the last heartbeat came
	offsets least     // of the publisher's clock to ours
	trips   least     // to the broker and back
	puts    least     // the publisher's
}

// hear takes a heartbeat that was read as soon as it came. sent is what the
// publisher's clock showed then.
func (t *timeline) hear(sent tick, received time.Time) {
	if t.start.IsZero() {
		t.start = received
	}
	t.last = received
	at := received.Sub(t.start)
	t.offsets.add(at, at-time.Duration(sent))
}

// took takes how long a message took to the broker and back, at most.
func (t *timeline) took(trip time.Duration, at time.Time) {
	if t.start.IsZero() {
		t.start = at
	}
	t.trips.add(at.Sub(t.start), trip)
}

// put takes how long a heartbeat took to the broker, and the answer back.
func (t *timeline) put(trip time.Duration, at time.Time) {
	if t.start.IsZero() {
		t.start = at
	}
	t.puts.add(at.Sub(t.start), trip)
}

// heard reports whether moments can be told.
func (t *timeline) heard() bool { return len(t.offsets) > 0 && len(t.trips) > 0 }

// at tells a moment by our clock; zero: it is not known. What it returns is made of
// when the last heartbeat came, so that it holds after the wall clock was set.
func (t *timeline) at(then tick) time.Time {
	if then == never || !t.heard() {
		return time.Time{}
	}
	s, last := t.offsets[0], t.last.Sub(t.start)
	early := 2*t.trips[0].value + (last-s.at)/drift
	if len(t.puts) > 0 { // or else its way is taken to be as long as ours
		early += t.puts[0].value - t.trips[0].value
	}
	return t.last.Add(time.Duration(then) + s.value - early - last)
}

// least are the samples of the window that none after them is less than: the
// first is the least. The last is kept however old it is.
type least []sample

type sample struct{ at, value time.Duration }

func (l *least) add(at, value time.Duration) {
	s := *l
	for len(s) > 0 && s[len(s)-1].value >= value {
		s = s[:len(s)-1]
	}
	s = append(s, sample{at, value})
	for len(s) > 1 && s[0].at < at-clockWindow {
		s = s[1:]
	}
	*l = s
}
