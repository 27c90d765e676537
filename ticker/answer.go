package ticker

import "time"

// Answer merges what a REST request, sent at asked, answered under the links that
// carry its markets. all says that it spoke of every market of the exchange: the
// absence of one that is known is then a vote for its removal. What no link
// carries is dropped and counted, and so is what a relay's does. An answer that comes after Close fills what is
// unknown, and no more.
func (l *Link) Answer(us []Update, asked time.Time, all bool) {
	now := time.Now()
	b := l.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if all {
		b.lists++
	}
	var age time.Duration
	for i := range us {
		u := &us[i]
		age = max(age, u.Age)
		n, ok := b.find(u.Market)
		if !ok || b.slots[n].removed {
			b.status.Stray++
			continue
		}
		s := &b.slots[n]
		if all {
			b.seen(s)
		}
		switch {
		case s.link == nil, s.link.feed.Relay:
			b.status.Stray++
		case !s.halted || b.off&ruleHalted != 0:
			b.answer(n, u, asked, now)
		}
	}
	if all {
		for _, t := range l.told {
			age = max(age, t.CacheAge)
		}
		b.vote(asked.Add(-age), now, true)
	}
	b.note(false)
}

// answer merges one market's answer under the link that carries it.
func (b *Book) answer(n int32, u *Update, asked, now time.Time) {
	s := &b.slots[n]
	link := s.link
	if s.refused() != "" && !s.halted {
		s.refuse("")
		b.fire()
	}
	s.read = false
	marked := false
	var told Groups
	var c comparison
	for g := range groups {
		t := &link.told[g]
		if !u.Groups.Has(1<<g) || !t.REST {
			continue
		}
		st, in, own := s.ticker.stamp(g), u.stamp(g), &s.groups[g]
		m := message{key: in.Key, epoch: in.Epoch, received: now, valid: asked}
		if b.off&ruleCacheAge == 0 {
			m.valid = asked.Add(-max(t.CacheAge, u.Age))
		}
		same := st.Source.told() && s.ticker.same(g, &u.Ticker)
		m.same = same && in.Key == st.Key
		h := s.held(g)
		b.compare(s, g, u, &h, m, &c)
		v := mergeAnswer(&h, &m, t, s.begin(), link.err == nil && (!s.waits(g) || b.off&ruleWait != 0), b.off)
		switch v {
		case restarted:
			link.restart()
		case late:
			st.AsOf = s.asOf(g)
			s.doubt(g, now, false)
		case settled:
			own.confirmed = true
			s.trust(g)
			st.AsOf = later(st.AsOf, m.valid)
			told |= 1 << g
		case replaced, confirmed, filled:
			marked = marked || !same
			told |= 1 << g
			s.ticker.set(g, &u.Ticker)
			st.cool(b.off)
			st.Time, st.Received, st.Key, st.Epoch, st.Source = in.Time, now, in.Key, in.Epoch, REST
			st.AsOf = later(st.AsOf, m.valid)
			if v == confirmed {
				own.confirmed = true
				s.trust(g)
			}
		}
	}
	c.taken = told
	b.compared(n, u, now, &c)
	b.touch(s)
	if marked {
		b.mark(n)
	}
	b.record(s, told)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// seen notes that a list or snapshot has the market: votes for its removal lapse.
func (b *Book) seen(s *slot) {
	s.seen = b.lists
	b.unvote(s)
}

// unvote takes the votes for a market's removal back.
func (b *Book) unvote(s *slot) {
	if s.votes > 0 {
		s.votes, s.rare.votedAt = 0, time.Time{}
		s.tidy()
		b.record(s, 0)
	}
}

// vote counts the absence of markets from the list or snapshot that has just been
// marked as seen, and removes those that were absent often enough. A snapshot
// says nothing of a market that was never known.
func (b *Book) vote(valid, now time.Time, snapshot bool) {
	missing, of := 0, 0
	present := func(s *slot) bool { return s.listed && !s.removed && (!snapshot || s.known && !s.halted) }
	for i := range b.slots {
		if s := &b.slots[i]; present(s) {
			of++
			if s.seen != b.lists {
				missing++
			}
		}
	}
	need := uint8(2)
	switch seen := 0; {
	case missing > max(3, of/10):
		if b.short != nil {
			seen = b.short.Seen
		}
		b.short = &ShortListError{Missing: missing, Of: of, Seen: seen + 1}
		if b.off&ruleShort == 0 {
			need = 3
		}
		b.fire()
	case b.short != nil:
		b.short = nil
		b.fire()
	}
	if b.off&ruleTwice != 0 {
		need = 1
	}
	for i := range b.slots {
		s := &b.slots[i]
		if !present(s) || s.seen == b.lists || b.off&ruleSince == 0 && !valid.After(s.lastWord()) {
			continue
		}
		if s.votes == 0 {
			s.stop()
			s.rarely().votedAt = now
		}
		if s.votes++; s.votes >= need {
			b.remove(int32(i))
		}
		b.record(s, 0)
	}
}

// remove removes a market that the exchange no longer lists.
func (b *Book) remove(n int32) {
	s := &b.slots[n]
	was := s.readable()
	s.stop()
	s.join(nil, 0)
	s.votes, s.removed, s.listed, s.known = 0, true, false, false
	s.refuse("")
	b.touch(s)
	b.mark(n)
	b.fire()
	if was {
		b.emit(s, 0, true)
	}
}
