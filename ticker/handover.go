package ticker

import "time"

// ahead is what the next link of a market has told while another is in charge,
// and then, until it is merged, while the next link may still be behind what is
// shown: the newest of each group, whatever number of messages came.
type ahead struct {
	since  time.Time // from when on the link carries the market
	told   Groups    // since then
	value  Ticker
	came   [groups]arrival
	origin *Origin // of a relay: what it says there, until it is heeded; nil: nothing
	// Since the market has passed:
	passed time.Time
	waits  Groups        // still to be merged
	sure   Groups        // the link before was heard past the beginning of this one
	flags  [groups]group // how the link before had them
}

// arrival is when a message was read and sent, and how old it said it was.
type arrival struct {
	received, sent time.Time
	age            time.Duration
}

// valid is the moment at which what it told was certainly true.
func (a *arrival) valid() time.Time {
	if a.age == 0 {
		return earlier(a.sent, a.received)
	}
	return earlier(a.sent, a.received.Add(-a.age))
}

// tell keeps what the link has told of a group, in the place of what it told
// before; where there are order keys, the highest. It reports whether it did.
func (a *ahead) tell(l *Link, g int, u *Update, came arrival) bool {
	st, in := a.value.stamp(g), u.stamp(g)
	was, m := held{key: st.Key, epoch: st.Epoch}, message{key: in.Key, epoch: in.Epoch}
	if l.told[g].Kind == Never || a.told.Has(1<<g) && compare(&was, &m, l.b.off) == below {
		return false
	}
	a.value.set(g, &u.Ticker)
	*st = *in
	a.told |= 1 << g
	a.came[g] = came
	return true
}

// message is what the rules ask of what was told of a group; nil: nothing was.
func (a *ahead) message(g int) *message {
	if !a.told.Has(1 << g) {
		return nil
	}
	st, came := a.value.stamp(g), &a.came[g]
	return &message{key: st.Key, epoch: st.Epoch, received: came.received, valid: came.valid()}
}

// update is what was told of a group.
func (a *ahead) update(g int) *Update {
	return &Update{Ticker: a.value, Groups: 1 << g, Age: a.came[g].age}
}

// waits reports whether a group has passed to the link of the market, and is not
// merged yet.
func (s *slot) waits(g int) bool { return s.wait() != nil && s.wait().waits.Has(1<<g) }

// heir is the open link that the market goes to when the one in charge ends.
func (s *slot) heir() *Link {
	if next := s.next(); next != nil && next.err == nil {
		return next
	}
	return nil
}

// overhear takes in what another link than the one in charge has told, and passes
// the market when that is what it takes.
func (l *Link) overhear(n int32, u *Update, came *arrival, e *effect) {
	b := l.b
	s := &b.slots[n]
	if l.id < s.link.id {
		return // the market has passed: the link in charge tells the same
	}
	newest := true
	for g := range groups {
		if u.Groups.Has(1 << g) {
			newest = s.ahead().tell(l, g, u, *came) && newest
		}
	}
	s.ahead().says(u, newest)
	if s.ready(later(l.heard, came.sent), came.received) {
		b.pass(n, came.received)
		b.resume(n, later(l.heard, came.sent), came.received, e)
	}
}

// catchUp takes in what the link in charge has told of a market of which some
// group waits.
func (l *Link) catchUp(n int32, u *Update, came *arrival, e *effect) {
	s := &l.b.slots[n]
	newest := true
	for g := range groups {
		switch {
		case !u.Groups.Has(1 << g):
		case s.waits(g):
			newest = s.wait().tell(l, g, u, *came) && newest
		default:
			l.merge(s, g, u, came, e)
		}
	}
	s.wait().says(u, newest)
	l.b.resume(n, later(l.heard, came.sent), came.received, e)
}

// past reports whether the link was heard so long after the given moment that it
// owes nothing of a group from before.
func (l *Link) past(at time.Time, g int) bool { return !l.heard.Before(at.Add(l.told[g].owes())) }

// passing asks the rules about a group of a market that passes, or has, from the
// link old to l, of which a knows what it has told and which was heard at heard.
func (s *slot) passing(g int, old, l *Link, a *ahead, heard, now time.Time) verdict {
	h, p := s.held(g), passing{heard: heard}
	if old != nil { // still in charge
		p.open, p.sure = true, old.past(later(l.begin, a.since), g)
	} else {
		p.sure = a.sure.Has(1 << g)
		now = a.passed
	}
	if l.feed.Relay {
		h.received = now // what is held says when its origin read it
	}
	return mergePassing(&h, a.message(g), &p, &l.told[g], l.b.off)
}

// ready reports whether the market can pass while the link in charge is open,
// without any AsOf standing still for it.
func (s *slot) ready(heard, now time.Time) bool {
	l, old := s.heir(), s.link
	switch {
	case l == nil || l.id < old.id:
		return false
	case s.removed || l.b.off&ruleCharge != 0:
		return true
	}
	for g := range groups {
		if !s.groups[g].spoken && !s.groups[g].confirmed {
			continue // it stands still as it is
		}
		if v := s.passing(g, old, l, s.ahead(), heard, now); v == awaited || v == lost {
			return false
		}
	}
	return true
}

// pass gives the market to its next link, whole: readers find each market on one
// link. Each group then waits until the link is known not to be behind what is
// shown; resume ends that.
func (b *Book) pass(n int32, now time.Time) {
	s := &b.slots[n]
	old, l, a := s.link, s.next(), s.ahead()
	if a == nil {
		a = &ahead{since: now} // back to the link that had it before
	}
	a.passed, a.waits = now, AllGroups
	for g := range groups {
		if old.past(later(l.begin, a.since), g) {
			a.sure |= 1 << g
		}
		if !s.doubted(g) {
			a.flags[g] = s.groups[g]
		}
	}
	s.own(l)
	s.carry(a.since)
	s.waitFor(a)
	old.shared, l.shared = true, true
	if old.err == nil {
		s.rarely().next = old
	}
}

// resume merges what the link of the market has told of the groups that wait, as
// far as the rules allow.
func (b *Book) resume(n int32, heard, now time.Time, e *effect) {
	s := &b.slots[n]
	l, a := s.link, s.wait()
	e.flags = e.flags || a != nil
	if a == nil || s.removed {
		s.waitFor(nil)
		return
	}
	if b.off&ruleSilent == 0 {
		heard = later(heard, now.Add(-overdue))
	}
	for g := range groups {
		if !s.waits(g) {
			continue
		}
		v := s.passing(g, nil, l, a, heard, now)
		if v == awaited {
			continue
		}
		a.waits &^= 1 << g
		e.flags = true
		switch v {
		case kept:
			s.groups[g] = a.flags[g]
		case taken:
			l.merge(s, g, a.update(g), &a.came[g], e)
		}
	}
	if a.waits == 0 {
		s.waitFor(nil)
		if a.origin != nil {
			l.vouch(n, a.origin, now, e)
		}
	}
}

// TakeOver has the link take over what it may of the markets that another link is
// in charge of, as time goes by and both are heard. An engine calls it a few times
// a second from the opening of a link on that is to replace another, closes the
// other when nothing is left or when that has taken long enough, and goes on until
// nothing is. It returns how many markets are not wholly the link's yet, and how many
// of them would have to be asked for if the other link ended now.
func (l *Link) TakeOver() (left, unsure int) {
	b := l.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if l.err != nil {
		return 0, 0
	}
	now := time.Now()
	for i := range b.slots {
		s := &b.slots[i]
		if s.next() == l && s.ready(l.heard, now) {
			b.pass(int32(i), now)
		}
		if s.link == l {
			var e effect
			b.resume(int32(i), l.heard, now, &e)
			b.settle(int32(i), &e)
			left += count(s.wait() != nil)
		} else if s.next() == l && s.link.id < l.id {
			left++
			unsure += count(s.unsure())
		}
	}
	b.note(false)
	return left, unsure
}

// unsure reports whether the next link could not keep a group confirmed, if the
// link in charge ended now.
func (s *slot) unsure() bool {
	next, a := s.next(), s.ahead()
	for g := range groups {
		kept := a.told.Has(1<<g) || next.told[g].Kind == Never || s.link.past(later(next.begin, a.since), g) && !s.doubted(g)
		if (s.groups[g].spoken || s.groups[g].confirmed) && !kept {
			return true
		}
	}
	return false
}
