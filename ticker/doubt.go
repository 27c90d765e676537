package ticker

import "time"

// doubt is about a group for which messages below the held key have come: since
// when, when the last of them, and whether the stream told any of them.
type doubt struct {
	since, last time.Time
	told        bool
}

// doubted reports whether a group is in doubt.
func (s *slot) doubted(i int) bool {
	return s.rare != nil && s.rare.doubts != nil && !s.rare.doubts[i].since.IsZero()
}

// doubt notes a message below the held key, told by the stream or answered.
func (s *slot) doubt(i int, at time.Time, told bool) {
	r := s.rarely()
	if r.doubts == nil {
		r.doubts = new([groups]doubt)
	}
	d := &r.doubts[i]
	if d.since.IsZero() {
		d.since = at
	}
	d.last = at
	d.told = d.told || told
}

// trust ends a group's doubt.
func (s *slot) trust(i int) {
	if s.rare == nil || s.rare.doubts == nil {
		return
	}
	s.rare.doubts[i] = doubt{}
	if *s.rare.doubts == ([groups]doubt{}) {
		s.rare.doubts = nil
		s.tidy()
	}
}
