package ticker

import (
	"fmt"
	"time"
)

// A line is a link of a relay's origin. It is a Link in all that readers see of it:
// it has a life, and its word moves AsOf. But nobody writes through it; what the
// relay says of it comes over the relay's own Link, of which it is one of the lines
// and with which it ends.

// repeated is how a relay tells each group.
var repeated = Told{Kind: EveryChange}

// line returns the link that the relay calls so; nil: none. One that is closed is
// forgotten when no market is left on it.
func (l *Link) line(number uint64) *Link {
	if number == 0 {
		return nil
	}
	line := l.lines[number]
	if line == nil {
		l.b.linked++
		line = &Link{b: l.b, id: l.b.linked, made: time.Now()}
		if l.lines == nil {
			l.lines = make(map[uint64]*Link)
		}
		l.lines[number] = line
	}
	return line
}

// carries reports whether the AsOf of a group moves with the line, of whose groups
// the origin says which do.
func (line *Link) carries(follows Groups, i int) bool {
	return line != nil && line.fed && follows.Has(1<<i)
}

// join puts the market on a line, with the groups whose AsOf moves with it; nil: on
// none. What AsOf was so far has been written down: see stop.
func (s *slot) join(line *Link, follows Groups) {
	if was := s.line(); was != nil {
		was.markets--
	}
	if line != nil {
		line.markets++
	}
	if line != s.line() {
		s.rarely().line = line
		s.tidy()
	}
	s.follow = follows
}

// hear takes in what a relay says of one of the origin's links, or of the origin.
func (l *Link) hear(o *Origin, received time.Time) {
	b := l.b
	if o == nil {
		return
	}
	if o.Status != nil && *o.Status != l.origin {
		l.origin = *o.Status
		b.status.Origin = l.origin
		b.fire()
	}
	if line := l.line(o.Link); line != nil && line.err == nil {
		if o.Feed != nil && !line.fed {
			line.feed, line.told, line.fed = *o.Feed, [groups]Told{o.Feed.Trade, o.Feed.Quote, o.Feed.Stats}, true
			b.recordLine(line)
		}
		if line.fed || b.off&ruleFed != 0 {
			line.heard = later(line.heard, b.reached(o.Heard, received))
		}
		if o.Closed != nil {
			b.lose(line, o.Closed)
		}
	}
	for number, line := range l.lines {
		if line.markets == 0 && (line.err != nil || !line.fed) {
			delete(l.lines, number)
		}
	}
}

// recordLine tells the followers of the markets on a line that their AsOf moves.
func (b *Book) recordLine(line *Link) {
	for i := range b.slots {
		if s := &b.slots[i]; s.line() == line {
			b.record(s, 0)
		}
	}
}

// reached is how far a word reaches that a frame told: no further than the frame.
func (b *Book) reached(at, received time.Time) time.Time {
	if b.off&ruleAhead != 0 {
		return at
	}
	return earlier(at, received)
}

// lose ends a line. Its markets keep it: their AsOf stands still.
func (b *Book) lose(line *Link, why error) {
	line.err, line.closed = ErrDown, time.Now()
	if why != nil && why != ErrClosed {
		line.err, line.cause = fmt.Errorf("%w: %w", ErrDown, why), why
	}
	b.bury(line)
}

// loseLines ends the lines of a relay's link that is closed.
func (l *Link) loseLines(why error) {
	for _, line := range l.lines {
		if line.err == nil {
			l.b.lose(line, why)
		}
	}
	l.lines = nil
}

// whole is a relay's update as it is meant: without groups of which nothing is known
// there, and with an Origin.
func (u *Update) whole() *Update {
	known := u.Groups
	for g := range groups {
		if u.stamp(g).Source == NoSource {
			known &^= 1 << g
		}
	}
	if known == u.Groups && u.Origin != nil {
		return u
	}
	w := *u
	w.Groups = known
	if w.Origin == nil {
		w.Origin = &Origin{Known: true}
	}
	return &w
}

// says keeps what a relay's update says of the market there, until it is heeded.
func (a *ahead) says(u *Update, newest bool) {
	if newest && u.Origin != nil {
		o := *u.Origin
		a.origin = &o
	}
}

// behind reports whether an update is older than what is held.
func (l *Link) behind(s *slot, u *Update) bool {
	for g := range groups {
		h, in := s.held(g), u.stamp(g)
		if u.Groups.Has(1<<g) && compare(&h, &message{key: in.Key, epoch: in.Epoch}, l.b.off) == below {
			return true
		}
	}
	return false
}

// vouch heeds what the origin says of a market.
func (l *Link) vouch(n int32, o *Origin, now time.Time, e *effect) {
	b := l.b
	s := &b.slots[n]
	if o.Removed {
		s.rarely().votedAt = now
		b.remove(n)
		return
	}
	refused := o.Refused
	if o.Halted {
		refused = notTrading
	}
	e.flags = e.flags || o.Halted != s.halted || refused != s.refused() || o.Known && !s.known
	if refused != s.refused() {
		b.fire()
	}
	s.stop()
	s.join(l.line(o.Link), o.Follows)
	s.said, s.known, s.halted = true, s.known || o.Known, o.Halted
	s.refuse(refused)
}

// repeat writes a group as the origin has it. Told again, it keeps the latest AsOf
// that was told of it.
func (l *Link) repeat(s *slot, g int, u *Update, received time.Time, e *effect) {
	b := l.b
	st, in := s.ticker.stamp(g), *u.stamp(g)
	in.AsOf = b.reached(in.AsOf, received)
	if !st.Source.told() || st.Source != in.Source || !st.Time.Equal(in.Time) || !s.ticker.same(g, &u.Ticker) {
		s.ticker.set(g, &u.Ticker)
		*st = in
		e.marked |= 1 << g
		return
	}
	asOf := s.asOf(g)
	if b.off&ruleAgain == 0 {
		in.AsOf = later(asOf, in.AsOf)
	}
	switch {
	case !in.AsOf.Equal(asOf) || in.Received.After(st.Received):
		in.Received = later(st.Received, in.Received)
		e.moved |= 1 << g
		*st = in
	case in.Key != st.Key || in.Epoch != st.Epoch:
		e.keyed = true
		st.Key, st.Epoch, st.Kind = in.Key, in.Epoch, in.Kind
	default:
		st.Kind = in.Kind
	}
}

// again prepares a removed market for what a relay says of it anew, and reports
// whether it may be told.
func (l *Link) again(s *slot, u *Update, now time.Time) bool {
	if !l.owns(s) && s.next() != l {
		return true // it is dropped, like all that its link does not carry
	}
	if u.Origin != nil && u.Origin.Removed {
		return false
	}
	s.revive(now)
	s.listed = true
	l.b.touch(s)
	return true
}

// goneThere reports whether a relay said that the market is gone after a list was
// asked for.
func (s *slot) goneThere(asked time.Time) bool {
	return s.link != nil && s.link.feed.Relay && asked.Before(s.seldom().votedAt) && s.link.b.off&ruleGone == 0
}

// reports reports whether the group is told or answered at all.
func (s *slot) reports(i int) bool {
	if s.link.feed.Relay {
		line := s.line()
		return line == nil || !line.fed || line.told[i].reported()
	}
	return s.link.told[i].reported()
}

// causeThere says why a relay's group is older than a reader allows.
func (s *slot) causeThere(i int) error {
	switch k, line := s.ticker.stamp(i).Kind, s.line(); {
	case k != EveryChange && k != Throttled:
		return ErrNotFollowed
	case line != nil && line.err != nil:
		return line.err
	case !s.moves(i):
		return ErrUnconfirmed
	}
	return ErrSilent
}
