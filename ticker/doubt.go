package ticker

import "time"

// doubt is about a group for which messages below the held key have come: since
// when, and when the last of them.
type doubt struct{ since, last time.Time }

// doubted reports whether a group is in doubt.
func (s *slot) doubted(i int) bool { return s.doubts != nil && !s.doubts[i].since.IsZero() }

// doubt notes a message below the held key. Doubts are kept apart from the slot,
// because they are rare and a slot is in memory for every market.
func (s *slot) doubt(i int, at time.Time) {
	if s.doubts == nil {
		s.doubts = new([groups]doubt)
	}
	d := &s.doubts[i]
	if d.since.IsZero() {
		d.since = at
	}
	d.last = at
}

// trust ends a group's doubt.
func (s *slot) trust(i int) {
	if s.doubts == nil {
		return
	}
	s.doubts[i] = doubt{}
	if *s.doubts == ([groups]doubt{}) {
		s.doubts = nil
	}
}
