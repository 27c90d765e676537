package ticker

import "time"

func (m *model) answer(us []mUpdate, asked, now time.Time, all bool) {
	m.lists++
	oldest := time.Duration(0)
	for _, u := range us {
		oldest = max(oldest, u.age)
		k := m.markets[u.market]
		if k == nil || k.removed {
			m.stray++
			continue
		}
		if all {
			k.seen, k.votes = m.lists, 0
			m.follow()
		}
		if k.owner == nil || m.feed.Relay {
			m.stray++
			continue
		}
		if k.halted {
			continue
		}
		k.refused = ""
		var agree, differ, taken [groups]bool
		for g := range k.groups {
			if u.has[g] && m.told[g].REST {
				valid := asked.Add(-max(u.age, m.told[g].CacheAge))
				agree[g], differ[g] = m.compare(k, g, &u, valid)
				if taken[g] = m.answerGroup(k, g, &u, valid, now); taken[g] {
					m.accept(u.market, g, &k.groups[g])
				}
			}
		}
		m.compared(k, &u, now, agree, differ, taken)
	}
	m.learn()
	if all {
		m.vote(asked.Add(-max(oldest, m.told[0].CacheAge, m.told[1].CacheAge, m.told[2].CacheAge)), now, true)
	}
	m.follow()
}

func (m *model) answerGroup(k *mMarket, g int, u *mUpdate, valid, now time.Time) (taken bool) {
	s, t, l := &k.groups[g], m.told[g], k.owner
	begin := later(l.begin, k.carried)
	comp := comparable(s, u, g)
	take := func(confirms bool) {
		taken = true
		s.cool()
		s.source, s.value, s.key, s.epoch, s.time, s.received = REST, u.value[g], u.key[g], u.epoch, u.time, now
		s.asOf = later(s.asOf, valid)
		if confirms {
			s.confirmed, s.doubt = true, time.Time{}
		}
	}
	switch {
	case !s.told():
		take(l.open && !valid.Before(begin))
	case !l.open || k.waits(g):
	case comp && u.key[g] < s.key:
		if s.doubt.IsZero() && !s.spoken && valid.After(s.received) {
			s.doubt, s.dropped, s.lower = now, now, false
		} else if !s.doubt.IsZero() && !valid.Before(s.doubt) && now.Sub(s.doubt) > t.Delay+s.patience() {
			m.void(l)
		}
	case !s.doubt.IsZero() && (valid.Before(s.dropped) || !s.spoken && valid.Before(begin)):
	case !s.doubt.IsZero():
		if comp && u.key[g] == s.key && u.value[g] == s.value {
			s.asOf, s.confirmed, s.doubt, taken = later(s.asOf, valid), true, time.Time{}, true
		} else {
			take(true)
		}
	case s.spoken:
		if comp && u.key[g] > s.key && !valid.Before(s.received) || !t.follows() && valid.After(s.received) {
			take(false)
		}
	case valid.Before(begin):
	case s.confirmed && t.follows():
	case !comp && valid.Before(s.received):
	default:
		take(true)
	}
	return taken
}

func (m *model) vote(valid, now time.Time, snapshot bool) {
	var voters, missing []*mMarket
	for _, k := range m.markets {
		if k.listed && !k.removed && (!snapshot || k.known && !k.halted) {
			voters = append(voters, k)
			if k.seen != m.lists {
				missing = append(missing, k)
			}
		}
	}
	need := 2
	if len(missing) > max(3, len(voters)/10) {
		need = 3
		seen := 0
		if m.short != nil {
			seen = m.short.Seen
		}
		m.short = &ShortListError{len(missing), len(voters), seen + 1}
	} else {
		m.short = nil
	}
	for _, k := range missing {
		heard := later(k.groups[0].received, later(k.groups[1].received, k.groups[2].received))
		if m.feed.Relay && k.owner != nil {
			heard = later(heard, k.carried)
		}
		if !valid.After(heard) {
			continue
		}
		if k.votes == 0 {
			k.votedAt = now
		}
		if k.votes++; k.votes >= need {
			k.remove()
		}
	}
}

func (k *mMarket) remove() {
	k.votes, k.removed, k.listed, k.known, k.refused = 0, true, false, false, ""
	k.line, k.follows = nil, 0
}
