package ticker

import "time"

// mLine is a link of a relay's origin.
type mLine struct {
	told          [groups]Told
	fed, off, bad bool // off: it is closed; bad: it was lost
	heard         time.Time
}

// reach is how far the line's word reaches for a group.
func (n *mLine) reach(g int) time.Time {
	if n.heard.IsZero() {
		return time.Time{}
	}
	return n.heard.Add(-n.told[g].Delay)
}

// moves: the market's group moves with its line.
func (k *mMarket) moves(g int) bool {
	s := &k.groups[g]
	return k.owner != nil && (s.spoken || s.confirmed) && k.line != nil && k.line.fed && k.follows.Has(1<<g)
}

func (l *mLink) line(number uint64) *mLine {
	if number == 0 {
		return nil
	}
	if l.lines == nil {
		l.lines = map[uint64]*mLine{}
	}
	if l.lines[number] == nil {
		l.lines[number] = &mLine{}
	}
	return l.lines[number]
}

func (l *mLink) loseLines(why error) {
	for _, n := range l.lines {
		n.bad = n.bad || !n.off && why != nil
		n.off = true
	}
	l.lines = nil
}

// carries counts the markets on a line.
func (m *model) carries(n *mLine) (markets int) {
	for _, k := range m.markets {
		if k.line == n {
			markets++
		}
	}
	return markets
}

// hear takes in what is said of a line, or of the origin.
func (m *model) hear(l *mLink, u *mUpdate, received time.Time) {
	o := u.origin
	if o == nil || u.market != "" {
		return
	}
	if o.Status != nil && *o.Status != l.origin {
		l.origin, m.origin = *o.Status, *o.Status
	}
	if n := l.line(o.Link); n != nil && !n.off {
		if o.Feed != nil && !n.fed {
			n.fed, n.told = true, [groups]Told{o.Feed.Trade, o.Feed.Quote, o.Feed.Stats}
		}
		if n.fed {
			n.heard = later(n.heard, earlier(o.Heard, received))
		}
		m.follow()
		if o.Closed != nil {
			n.off, n.bad = true, o.Closed != ErrClosed
		}
	}
	for number, n := range l.lines {
		if m.carries(n) == 0 && (n.off || !n.fed) {
			delete(l.lines, number)
		}
	}
}

// again begins a removed market anew, if what is told is not its removal.
func (m *model) again(l *mLink, k *mMarket, u *mUpdate, now time.Time) bool {
	if k == nil || !k.removed || k.owner != l && k.next != l {
		return true
	}
	if u.origin != nil && u.origin.Removed {
		return false
	}
	k.revive(now)
	k.listed = true
	return true
}

// whole: groups of which nothing is known there are not told.
func (u *mUpdate) whole() {
	for g := range groups {
		u.has[g] = u.has[g] && u.stamps[g].Source != NoSource
	}
	if u.origin == nil {
		u.origin = &Origin{Known: true}
	}
}

func (k *mMarket) behind(u *mUpdate) bool {
	for g := range groups {
		if u.has[g] && comparable(&k.groups[g], u, g) && u.key[g] < k.groups[g].key {
			return true
		}
	}
	return false
}

func (m *model) vouch(l *mLink, k *mMarket, o *Origin, now time.Time) {
	m.follow()
	if o.Removed {
		k.votedAt = now
		k.remove()
		return
	}
	k.said, k.halted, k.refused = true, o.Halted, o.Refused
	if o.Halted {
		k.refused = "not trading"
	}
	k.known = k.known || o.Known
	k.line, k.follows = l.line(o.Link), o.Follows
	m.follow()
}

func (m *model) repeat(u *mUpdate, g int, s *mGroup, received time.Time) {
	in := u.stamps[g]
	asOf, read := earlier(in.AsOf, received), in.Received
	switch {
	case s.told() && s.source == in.Source && s.time.Equal(u.time) && s.value == u.value[g]:
		fresher := asOf.After(s.asOf) || read.After(s.received)
		asOf, read = later(s.asOf, asOf), later(s.received, read)
		if !fresher {
			break
		}
		fallthrough
	default:
		defer m.accept(u.market, g, s)
	}
	s.source, s.value, s.time, s.key, s.epoch, s.kind = in.Source, u.value[g], u.time, u.key[g], u.epoch, in.Kind
	s.asOf, s.received = asOf, read
}

func (m *model) away() bool {
	for _, l := range m.links {
		if !l.open || l.spares() {
			continue
		}
		if s := l.origin.State; l.origin != (OriginStatus{}) && s != Syncing && s != Live {
			return true
		}
		for _, n := range l.lines {
			if n.bad && m.carries(n) > 0 {
				return true
			}
		}
	}
	return false
}

// attend notes whether the origin is down, and counts its coming back.
func (m *model) attend() {
	if !m.relay {
		return
	}
	was := m.lost
	m.lost = m.away() || was && m.standing() == 0
	if was && !m.lost {
		m.reconnects++
	}
}

func (m *model) syncsThere() bool {
	for _, l := range m.links {
		if l.open && !l.spares() && l.origin.State == Syncing {
			return true
		}
	}
	return false
}

func (k *mMarket) causeThere(g int) error {
	switch kind := k.groups[g].kind; {
	case kind != EveryChange && kind != Throttled:
		return ErrNotFollowed
	case k.line != nil && k.line.off:
		return ErrDown
	case !k.moves(g):
		return ErrUnconfirmed
	}
	return ErrSilent
}

// repeats makes an update a relay's, of a market, a line, or the origin.
func (f *fuzzer) repeats(u *mUpdate) {
	when := func() time.Time { return f.ago(4).Add(time.Second) } // some of the future
	how := f.next(256)
	o := &Origin{Link: uint64(how & 3)}
	if how>>2&3 == 0 {
		u.market, u.has = "", [groups]bool{}
		o.Heard = when()
		switch f.next(8) {
		case 0:
			o.Closed = errFuzz
		case 1:
			o.Closed = ErrClosed
		case 2:
			o.Status = &OriginStatus{Epoch: uint64(f.next(3)), State: State(f.next(6))}
		default:
			o.Feed = &fuzzFeeds[f.next(4)]
		}
	}
	said := f.next(256)
	o.Known, o.Halted, o.Removed = said&1 == 0, said>>1&7 == 7, said>>4&7 == 7
	o.Follows = Groups(f.next(8))
	if f.next(8) == 7 {
		o.Refused = "retired"
	}
	if how>>4&7 != 7 {
		u.origin = o
	}
	for g := range groups {
		if u.has[g] {
			what := f.next(16)
			u.stamps[g] = Stamp{AsOf: when(), Received: f.ago(4), Source: Source(what & 3), Kind: Kind(what >> 2)}
		}
	}
}
