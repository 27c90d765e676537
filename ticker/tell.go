package ticker

import "time"

// effect is what came of merging one message, until settle sees to it.
type effect struct {
	flags         bool   // whether the market is known or wanted may have changed
	marked, moved Groups // told, and those of a relay that are fresher
	keyed         bool   // of a relay: nothing but an order key has changed
}

// tell writes one market's part of a frame.
func (l *Link) tell(u *Update, received, at time.Time) {
	b := l.b
	if l.feed.Relay && u.Market == "" {
		l.hear(u.Origin, received)
		return
	}
	i, ok := b.index[u.Market]
	if ok && b.slots[i].removed && l.feed.Relay && !l.again(&b.slots[i], u, received) {
		return
	}
	if !ok || b.slots[i].removed || !l.owns(&b.slots[i]) && b.slots[i].next != l {
		b.status.Stray++
		return
	}
	s := &b.slots[i]
	var e effect
	if s.votes > 0 && received.After(s.votedAt) {
		b.unvote(s)
	}
	if s.refused != "" && !s.halted && u.Origin == nil {
		s.refused, e.flags = "", true
		b.fire()
	}
	switch {
	case !l.owns(s):
		l.overhear(i, u, received, at, &e)
	case s.wait != nil:
		l.catchUp(i, u, received, at, &e)
	default:
		if u.Origin != nil && !l.behind(s, u) {
			l.vouch(i, u.Origin, received, &e)
		}
		for g := range groups {
			if u.Groups.Has(1<<g) && !s.removed {
				l.merge(s, g, u, received, at, &e)
			}
		}
	}
	b.settle(i, &e)
}

// merge writes one group that the link has told.
func (l *Link) merge(s *slot, g int, u *Update, received, at time.Time, e *effect) {
	b, t := l.b, &l.told[g]
	if t.Kind == Never {
		return
	}
	st, in, own := s.ticker.stamp(g), u.stamp(g), &s.groups[g]
	m := message{key: in.Key, epoch: in.Epoch, received: received, valid: earlier(at, received.Add(-u.Age))}
	m.same = in.Key != 0 && in.Key == st.Key && s.ticker.same(g, &u.Ticker)
	h := s.held(g)
	switch mergeStream(&h, &m, t, b.off) {
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
		s.doubt(g, received, true)
		return
	case double:
		b.status.Double++
		if l.feed.Relay {
			l.repeat(s, g, u, received, e)
		}
	case replaced:
		if l.feed.Relay {
			l.repeat(s, g, u, received, e)
			break
		}
		if b.audits != 0 {
			s.remember(g, &u.Ticker, received)
		}
		s.ticker.set(g, &u.Ticker)
		l.stamp(s, g, u, received, at)
		e.marked |= 1 << g
	}
	if s.audit != nil {
		b.explain(s, g, &m)
	}
	if !own.spoken || s.doubted(g) {
		own.spoken, e.flags = true, true
		s.trust(g)
	}
}

// settle sees to what came of merging a message.
func (b *Book) settle(n int32, e *effect) {
	s := &b.slots[n]
	if e.flags {
		b.touch(s)
	}
	if e.marked != 0 {
		b.mark(n)
	}
	if g := e.marked | e.moved; g == 0 && e.keyed {
		b.emit(s, 0, false)
	} else {
		b.record(s, g)
	}
}

// stamp writes when and how a group was told. A later AsOf than the one that is
// held is never given up.
func (l *Link) stamp(s *slot, g int, u *Update, received, at time.Time) {
	st, in, t := s.ticker.stamp(g), u.stamp(g), &l.told[g]
	if t.Delay != 0 {
		at = at.Add(-t.Delay)
	}
	if t.Kind == OnTrade && l.b.off&ruleOld == 0 {
		at = earlier(at, received.Add(-u.Age))
	}
	st.cool(l.b.off)
	if at.After(st.AsOf) && !s.halted {
		st.AsOf = at
	}
	st.Time, st.Received, st.Key, st.Epoch, st.Source = in.Time, received, in.Key, in.Epoch, Stream
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
