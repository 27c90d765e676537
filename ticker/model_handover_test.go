package ticker

import (
	"time"

	"github.com/stretchr/testify/require"
)

// mAhead is what a link told of a market while another was in charge, or before
// its groups were merged.
type mAhead struct {
	since, passed                  time.Time
	told                           [groups]*mArrival
	origin                         *Origin
	waits, sure, spoken, confirmed [groups]bool
}

type mArrival struct {
	u              mUpdate
	received, sent time.Time
}

func (m *model) owes(g int) time.Duration { return m.told[g].Delay + 2*time.Second }

func (k *mMarket) waits(g int) bool { return k.wait != nil && k.wait.waits[g] }

func (m *model) keep(a *mAhead, g int, u *mUpdate, received, sent time.Time) (newest bool) {
	if m.told[g].Kind == Never {
		return true
	}
	if was := a.told[g]; was != nil && was.u.key[g] > u.key[g] && u.key[g] != 0 && was.u.epoch == u.epoch {
		return false
	}
	a.told[g] = &mArrival{*u, received, sent}
	return true
}

// streamMarket takes what a link told of a market that it carries.
func (m *model) streamMarket(l *mLink, k *mMarket, u *mUpdate, received, sent time.Time) {
	heard := later(l.heard, sent)
	if k.owner == l && k.wait == nil && u.origin != nil && !k.behind(u) {
		m.vouch(l, k, u.origin, received)
	}
	newest, accepted := true, len(m.accepted)
	for g := range groups {
		m.follow()
		switch {
		case k.removed:
		case !u.has[g] || l.id < k.owner.id && k.owner != l:
		case k.owner != l:
			newest = m.keep(k.ahead, g, u, received, sent) && newest
		case k.waits(g):
			newest = m.keep(k.wait, g, u, received, sent) && newest
		case m.told[g].Kind != Never:
			m.streamGroup(l, k, g, u, received, sent)
		}
	}
	switch {
	case u.origin == nil || !newest:
	case k.owner != l && l.id > k.owner.id:
		k.ahead.origin = u.origin
	case k.owner == l && k.wait != nil:
		k.wait.origin = u.origin
	}
	if k.owner == l || m.ready(k, heard, received) {
		m.pass(k, l, received)
		m.resume(k, heard, received)
	}
	if k.removed {
		m.accepted = m.accepted[:accepted] // nobody sees it
	}
}

// fate is what becomes of one group: it "waits", or has what was "told", or stays
// as it was because it is "sure", or nobody knows: "lost".
func (m *model) fate(k *mMarket, a *mAhead, g int, heard, now time.Time, open, sure bool) string {
	s, told := &k.groups[g], a.told[g]
	received := s.received
	if m.feed.Relay {
		received = now // or it would be when the origin read it
	}
	key := told != nil && comparable(s, &told.u, g)
	switch {
	case told != nil && !s.told():
		return "told"
	case !s.told() || m.told[g].Kind == Never:
		return "sure"
	case key && told.u.key[g] >= s.key:
		return "told"
	case key && open:
		return "waits"
	case heard.Before(received.Add(m.owes(g))):
		return "waits"
	case told != nil:
		return "told"
	case sure && s.doubt.IsZero():
		return "sure"
	case open:
		return "waits"
	}
	return "lost"
}

func (m *model) sure(k *mMarket, l *mLink, since time.Time, g int) bool {
	return !k.owner.heard.Before(later(l.begin, since).Add(m.owes(g)))
}

func (m *model) ready(k *mMarket, heard, now time.Time) bool {
	if k.next == nil || k.next.id < k.owner.id {
		return false
	}
	for g := range groups {
		if s := &k.groups[g]; !k.removed && (s.spoken || s.confirmed) {
			if f := m.fate(k, k.ahead, g, heard, now, true, m.sure(k, k.next, k.ahead.since, g)); f == "waits" || f == "lost" {
				return false
			}
		}
	}
	return true
}

// pass gives a market to another link.
func (m *model) pass(k *mMarket, l *mLink, now time.Time) {
	if k.owner == l {
		return
	}
	m.follow()
	old, a := k.owner, k.ahead
	if a == nil {
		a = &mAhead{since: now}
	}
	a.passed = now
	for g := range groups {
		s := &k.groups[g]
		a.waits[g], a.sure[g] = true, m.sure(k, l, a.since, g)
		if s.doubt.IsZero() {
			a.spoken[g], a.confirmed[g] = s.spoken, s.confirmed
		}
	}
	k.own(l)
	k.carried, k.wait = a.since, a
	old.shared, l.shared = true, true
	if old.open {
		k.next = old
	}
}

// resume merges the groups that need wait no longer.
func (m *model) resume(k *mMarket, heard, now time.Time) {
	a := k.wait
	if k.removed {
		k.wait = nil
	}
	if k.wait == nil {
		return
	}
	heard = later(heard, now.Add(-5*time.Second))
	left, accepted := false, len(m.accepted)
	for g := range groups {
		if !a.waits[g] {
			continue
		}
		f := m.fate(k, a, g, heard, a.passed, false, a.sure[g])
		a.waits[g] = f == "waits"
		left = left || f == "waits"
		m.follow()
		switch s := &k.groups[g]; f {
		case "sure":
			s.spoken, s.confirmed = a.spoken[g], a.confirmed[g]
		case "told":
			m.streamGroup(k.owner, k, g, &a.told[g].u, a.told[g].received, a.told[g].sent)
		}
	}
	if !left {
		k.wait = nil
		if a.origin != nil {
			m.vouch(k.owner, k, a.origin, now)
		}
		if k.removed {
			m.accepted = m.accepted[:accepted] // nobody sees it
		}
	}
	m.follow()
}

func (m *model) takeOver(l *mLink, now time.Time) (left, unsure int) {
	if !l.open {
		return 0, 0
	}
	for _, k := range m.markets {
		if k.next == l && m.ready(k, l.heard, now) {
			m.pass(k, l, now)
		}
		if k.owner == l {
			m.resume(k, l.heard, now)
		}
		if k.owner == l && k.wait != nil {
			left++
		}
		if k.next == l && k.owner.id < l.id {
			left++
			for g := range groups {
				s := &k.groups[g]
				sure := s.doubt.IsZero() && m.sure(k, l, k.ahead.since, g)
				if (s.spoken || s.confirmed) && k.ahead.told[g] == nil && m.told[g].Kind != Never && !sure {
					unsure++
					break
				}
			}
		}
	}
	m.attend()
	return left, unsure
}

// missed: the link's end leaves a market without one.
func (m *model) missed(l *mLink) bool {
	for _, k := range m.markets {
		if k.owner == l && k.next == nil {
			return true
		}
	}
	return !l.shared
}

// handOver has a link take over, once or while all links are heard.
func (f *fuzzer) handOver(l *Link, ml *mLink) {
	for range 1 + f.next(8) {
		for i := range f.links {
			f.heard(f.links[i], f.m.links[i], time.Now())
		}
		left, unsure := l.TakeOver()
		mLeft, mUnsure := f.m.takeOver(ml, time.Now())
		require.Equal(f, [2]int{mLeft, mUnsure}, [2]int{left, unsure})
		f.m.follow()
		f.same()
		time.Sleep(500 * time.Millisecond)
	}
}
