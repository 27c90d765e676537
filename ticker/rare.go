package ticker

import "time"

// rare is what few markets have at a time, and is kept apart from the slot, which
// is in memory for every market: see slot.rarely and slot.tidy.
type rare struct {
	refused string         // why the market will not be known; "": it is not refused
	next    *Link          // the link that takes it over when the one in charge is closed
	ahead   *ahead         // what next has told; nil: nothing to be kept
	wait    *ahead         // what link has told of groups that wait; nil: none does
	doubts  *[groups]doubt // nil: no group is in doubt
	line    *Link          // of a relay: the origin's link that it is on there; nil: none
	carried time.Time      // since when a link carries it that was opened before; zero: see since
	votedAt time.Time      // when a list lacked it first
	watches []mark         // of who watches it by name
}

// rarely returns a place for what is rare.
func (s *slot) rarely() *rare {
	if s.rare == nil {
		s.rare = new(rare)
	}
	return s.rare
}

// seldom returns what is rare, to be read.
func (s *slot) seldom() (r rare) {
	if s.rare != nil {
		r = *s.rare
	}
	return r
}

// tidy gives the place back where nothing is left in it.
func (s *slot) tidy() {
	r := s.rare
	if r != nil && r.refused == "" && r.next == nil && r.ahead == nil && r.wait == nil && r.doubts == nil && r.line == nil &&
		r.carried.IsZero() && r.votedAt.IsZero() && len(r.watches) == 0 {
		s.rare = nil
	}
}

func (s *slot) refused() string {
	if s.rare == nil {
		return ""
	}
	return s.rare.refused
}

func (s *slot) next() *Link {
	if s.rare == nil {
		return nil
	}
	return s.rare.next
}

func (s *slot) ahead() *ahead {
	if s.rare == nil {
		return nil
	}
	return s.rare.ahead
}

func (s *slot) wait() *ahead {
	if s.rare == nil {
		return nil
	}
	return s.rare.wait
}

func (s *slot) line() *Link {
	if s.rare == nil {
		return nil
	}
	return s.rare.line
}

// refuse notes why the market will not be known; "": it may be.
func (s *slot) refuse(why string) {
	if why != s.refused() {
		s.rarely().refused = why
		s.tidy()
	}
}

// passTo has the market pass to another link, which carries it since then.
func (s *slot) passTo(l *Link, since time.Time) {
	r := s.rarely()
	r.next, r.ahead = l, &ahead{since: since}
}

// waitFor has the groups wait that the market passes with; nil: they wait no more.
func (s *slot) waitFor(a *ahead) {
	if a != nil || s.rare != nil {
		s.rarely().wait = a
		s.tidy()
	}
}

// carry notes since when its link carries it: mostly since it was opened.
func (s *slot) carry(since time.Time) {
	if s.link.made.Equal(since) {
		since = time.Time{}
	}
	if s.rare != nil || !since.IsZero() {
		s.rarely().carried = since
		s.tidy()
	}
}

// since is when its link began to carry it.
func (s *slot) since() time.Time {
	if s.rare == nil || s.rare.carried.IsZero() {
		return s.link.made
	}
	return s.rare.carried
}

// begin is the moment from which on its link tells the market.
func (s *slot) begin() time.Time {
	if s.rare == nil {
		return s.link.begin
	}
	return later(s.link.begin, s.rare.carried)
}
