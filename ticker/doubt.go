package ticker

import "time"

// doubt is about a group for which messages below the held key have come: since
// when, when the last of them, and whether the stream told any of them.
type doubt struct {
	since, last time.Time
	told        bool
}

// doubted reports whether a group is in doubt.
func (s *slot) doubted(i int) bool { return s.doubts != nil && !s.doubts[i].since.IsZero() }

// doubt notes a message below the held key, told by the stream or answered. Doubts are kept apart from the slot,
// because they are rare and a slot is in memory for every market.
func (s *slot) doubt(i int, at time.Time, told bool) {
	if s.doubts == nil {
		s.doubts = new([groups]doubt)
	}
	d := &s.doubts[i]
	if d.since.IsZero() {
		d.since = at
	}
	d.last = at
	d.told = d.told || told
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
