package natskv

import "time"

const (
	// clockSamples is how many that were measured count, and what came between them:
	// among so many one has come about as fast as any can. They are counted and not
	// dated, for the first that comes after nothing has is late by that, and must not
	// be the only one.
	clockSamples = 10
	// clockEvery is how often one is measured.
	clockEvery = time.Second
	// drift is how far two clocks may run apart: one part in so many.
	drift = 5000
)

// timeline tells moments on a publisher's clock by ours. A heartbeat says what that
// clock showed when it was sent, and has not come before. It took two ways to come: to
// the broker no longer than the publisher waited for the broker's answer, which the
// next heartbeat says; from the broker no longer than a message takes there and back,
// which is measured of some as soon as they have come. Both are taken off, so that a
// moment is told too early rather than too late, and what is as of it too old rather
// than too young. Of the last the heartbeat counts that came the soonest, measured or
// not, and what the quickest took, with what the clocks may have run apart since.
//
// A heartbeat may have waited on the way, behind others: so none is measured before a
// message has made the round that was sent when the publisher was first heard, and
// none that comes much sooner after the one before than it was sent. The zero value
// has heard nothing.
type timeline struct {
	start  time.Time     // when the first heartbeat came; all else counts from it
	last   time.Time     // when the last one did
	shown  tick          // what the publisher's clock showed in it
	fenced bool          // what waited on the way has come
	open   sample        // is being measured, if its revision is not zero
	since  offset        // the least since the last that was measured
	window []sample      // the last that were measured, one at least
	offset offset        // the least of them
	slack  time.Duration // likewise
}

// offset is by how much our clock is ahead of the publisher's, at most.
type offset struct {
	at    time.Duration // when the heartbeat came that says so; zero value: none has
	ahead time.Duration // what was then on our clock, less what it says
}

// sample is one heartbeat that is measured.
type sample struct {
	at       time.Duration // when it came
	offset   offset        // the least since the one before
	revision uint64
	there    time.Duration // how long it may have taken to the broker; unknown: not yet said
	here     time.Duration // and from there; unknown: not measured yet
}

const unknown = -1

// hear takes a heartbeat, and reports whether the way to the broker should be measured
// now. prompt: it was read as soon as it came.
func (t *timeline) hear(b *beat, revision uint64, received time.Time, prompt bool) (measure bool) {
	first := t.start.IsZero()
	if first {
		t.start = received
	}
	sooner := !first && received.Sub(t.last) < time.Duration(b.Now-t.shown)/2
	t.last, t.shown = received, b.Now
	if t.open.revision != 0 {
		if t.open.there == unknown && b.Of == t.open.revision {
			t.open.there = b.Took
		}
		if t.open.there == unknown {
			t.open = sample{} // nobody will say it any more
		}
		t.measured()
	}
	at := received.Sub(t.start)
	ahead := offset{at: at, ahead: at - time.Duration(b.Now)}
	if first || t.since == (offset{}) || ahead.ahead < t.since.ahead {
		t.since = ahead
	}
	if t.heard() && ahead.ahead < t.offset.ahead {
		t.offset = ahead
	}
	if !t.fenced {
		return first
	}
	if n := len(t.window); !prompt || sooner || t.open.revision != 0 || n > 0 && at-t.window[n-1].at < clockEvery {
		return false
	}
	t.open = sample{at: at, revision: revision, there: unknown, here: unknown}
	return true
}

// took takes how long a message to the broker and back has taken.
func (t *timeline) took(sent time.Time, trip time.Duration) {
	switch {
	case t.start.IsZero() || sent.Before(t.start):
	case !t.fenced:
		t.fenced = true
	case t.open.revision != 0 && t.open.here == unknown && sent.Sub(t.start) >= t.open.at:
		t.open.here = trip
		t.measured()
	}
}

// lost says that a way could not be measured.
func (t *timeline) lost() { t.open = sample{} }

// measured takes the open sample if all is known of it.
func (t *timeline) measured() {
	s := t.open
	if s.revision == 0 || s.there == unknown || s.here == unknown {
		return
	}
	s.offset = t.since
	t.open, t.since, t.window = sample{}, offset{}, append(t.window, s)
	if len(t.window) > clockSamples {
		t.window = t.window[1:]
	}
	t.offset, t.slack = s.offset, s.there+s.here
	for _, o := range t.window {
		if o.offset.ahead < t.offset.ahead {
			t.offset = o.offset
		}
		t.slack = min(t.slack, o.there+o.here)
	}
}

// heard reports whether moments can be told.
func (t *timeline) heard() bool { return len(t.window) > 0 }

// at tells a moment by our clock; zero: it is not known. What it returns is made of
// when the last heartbeat came, so that it holds after the wall clock was set.
func (t *timeline) at(then tick) time.Time {
	if then == never || !t.heard() {
		return time.Time{}
	}
	last := t.last.Sub(t.start)
	early := t.slack + (last-t.offset.at)/drift
	return t.last.Add(time.Duration(then) + t.offset.ahead - early - last)
}
