package ticker

import "time"

// effect is what came of merging one message, until settle sees to it.
type effect struct {
	flags         bool   // whether the market is known or wanted, or what its AsOf moves with, may have changed
	marked, moved Groups // told, and those of a relay that are fresher
	keyed         bool   // of a relay: nothing but an order key has changed
}

// tell writes one market's part of a frame.
func (l *Link) tell(u *Update, came *arrival) {
	b := l.b
	if l.feed.Relay {
		if u.Market == "" {
			l.hear(u.Origin, came.received)
			return
		}
		u = u.whole()
	}
	i, ok := b.find(u.Market)
	if ok && b.slots[i].removed && l.feed.Relay && !l.again(&b.slots[i], u, came.received) {
		return
	}
	if !ok || b.slots[i].removed || !l.owns(&b.slots[i]) && b.slots[i].next() != l {
		b.status.Stray++
		return
	}
	s := &b.slots[i]
	var e effect
	if s.votes > 0 && came.received.After(s.seldom().votedAt) {
		b.unvote(s)
	}
	if s.refused() != "" && !s.halted && u.Origin == nil {
		s.refuse("")
		e.flags = true
		b.fire()
	}
	switch {
	case !l.owns(s):
		l.overhear(i, u, came, &e)
	case s.wait() != nil:
		l.catchUp(i, u, came, &e)
	default:
		if u.Origin != nil && !l.behind(s, u) {
			l.vouch(i, u.Origin, came.received, &e)
		}
		for g := range groups {
			if u.Groups.Has(1<<g) && !s.removed {
				l.merge(s, g, u, came, &e)
			}
		}
	}
	b.settle(i, &e)
}

// merge writes one group that the link has told.
func (l *Link) merge(s *slot, g int, u *Update, came *arrival, e *effect) {
	b, t := l.b, &l.told[g]
	if t.Kind == Never {
		return
	}
	st, in, own := s.ticker.stamp(g), u.stamp(g), &s.groups[g]
	v := replaced
	if b.off != 0 || !replaces(st, in, t) {
		v = l.judge(s, g, u, came)
	}
	switch v {
	case restarted:
		s.link.restart()
		return
	case late:
		b.status.Late++
		if b.off&ruleDoubt != 0 {
			return
		}
		if !s.doubted(g) {
			st.AsOf = s.asOf(g)
			e.flags = true
		}
		s.doubt(g, came.received, true)
		return
	case double:
		b.status.Double++
		if l.feed.Relay {
			l.repeat(s, g, u, came.received, e)
		}
	case replaced:
		if l.feed.Relay {
			l.repeat(s, g, u, came.received, e)
			break
		}
		if b.audits != 0 && (in.Key == 0 || b.keyless.Has(1<<g)) {
			s.remember(g, &u.Ticker, came.received)
		}
		s.ticker.set(g, &u.Ticker)
		if !t.follows() || !s.told.groups.Has(1<<g) {
			l.advance(s, g, came)
		}
		st.Time, st.Received, st.Key, st.Epoch, st.Source = in.Time, came.received, in.Key, in.Epoch, Stream
		e.marked |= 1 << g
	}
	if s.audit != nil {
		b.explain(s, g, in)
	}
	if !own.spoken || s.doubted(g) {
		own.spoken, e.flags = true, true
		s.trust(g)
	}
}

// judge asks the rules about a group that the link has told.
func (l *Link) judge(s *slot, g int, u *Update, came *arrival) verdict {
	st, in := s.ticker.stamp(g), u.stamp(g)
	m := message{key: in.Key, epoch: in.Epoch, received: came.received, valid: came.valid()}
	m.same = in.Key != 0 && in.Key == st.Key && s.ticker.same(g, &u.Ticker)
	h := s.held(g)
	return mergeStream(&h, &m, &l.told[g], l.b.off)
}

// settle sees to what came of merging a message.
func (b *Book) settle(n int32, e *effect) {
	s := &b.slots[n]
	if e.flags {
		b.touch(s)
	}
	if e.marked != 0 && (len(b.watchers) > 0 || s.rare != nil) {
		b.mark(n)
	}
	turned := (e.flags || s.link.feed.Relay) && s.turned()
	if g := e.marked | e.moved; len(b.followers) > 0 && (g != 0 || e.keyed || turned) {
		b.emit(s, g, false)
	}
}

// advance writes the AsOf of a group that was told, unless a later one is held. One
// that moves with the link's word needs it not: the frame is part of that.
func (l *Link) advance(s *slot, g int, came *arrival) {
	st, t, at := s.ticker.stamp(g), &l.told[g], came.sent
	if t.Delay != 0 {
		at = at.Add(-t.Delay)
	}
	if t.Kind == OnTrade && came.age != 0 && l.b.off&ruleOld == 0 {
		at = earlier(at, came.valid())
	}
	st.cool(l.b.off)
	if at.After(st.AsOf) && !s.halted {
		st.AsOf = at
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
