package ticker

import (
	"errors"
	"time"
)

// model is a Book without any cleverness: every AsOf is moved as soon as it can
// be, and every count is made by counting. The fuzz test holds the Book to it.
type model struct {
	feed                        Feed
	told                        [groups]Told
	settle                      time.Duration
	markets                     map[Market]*mMarket
	links                       []*mLink
	opened, synced, kept, ended bool

	expect, reconnects, broken int
	short                      *ShortListError
	late, double, stray        uint64
	accepted                   []accepted
	lists                      int

	relay, lost bool // see attend
	origin      OriginStatus

	audits             bool
	keyless            [groups]bool // its keys do not order answers
	probes, mismatches uint64
	worst              time.Duration
}

type mMarket struct {
	listed, halted, removed, known bool
	refused                        string
	votes, seen                    int
	votedAt, carried               time.Time
	owner, next                    *mLink
	groups                         [groups]mGroup
	ahead, wait                    *mAhead
	audit                          mAudit

	line    *mLine // of a relay
	follows Groups
	said    bool
}

type mGroup struct {
	source                               Source
	value                                int64
	key                                  uint64
	epoch                                uint32
	time, received, asOf, doubt, dropped time.Time
	spoken, confirmed                    bool
	lower                                bool // the stream has told a lower key
	kind                                 Kind // of a relay
}

// patience is how long answers may be below the held key, beside the delay.
func (s *mGroup) patience() time.Duration {
	if s.lower {
		return 5 * time.Second
	}
	return 15 * time.Minute
}

type mLink struct {
	id                 int
	shared             bool
	spare              *mLink
	made, begin, heard time.Time
	least              time.Duration
	timed, open, void  bool
	why                error

	lines  map[uint64]*mLine
	origin OriginStatus
}

// mUpdate is what a message says of one market; values by group.
type mUpdate struct {
	market Market
	has    [groups]bool
	value  [groups]int64
	key    [groups]uint64
	epoch  uint32
	time   time.Time
	age    time.Duration
	stamps [groups]Stamp // of a relay
	origin *Origin
}

func (m *model) market(name Market) *mMarket {
	if m.markets[name] == nil {
		m.markets[name] = &mMarket{}
	}
	return m.markets[name]
}

func (k *mMarket) readable() bool {
	return !k.removed && (k.groups[0].source|k.groups[1].source|k.groups[2].source) != NoSource
}

func (k *mMarket) expected() bool { return k.listed && !k.halted && !k.removed && k.refused == "" }

// follow moves every AsOf that follows its link.
func (m *model) follow() {
	for _, k := range m.markets {
		for g := range k.groups {
			s, t := &k.groups[g], m.told[g]
			stands := k.votes > 0 || k.halted || k.removed || !s.doubt.IsZero()
			if m.feed.Relay {
				if !stands && k.moves(g) {
					s.asOf = later(s.asOf, k.line.reach(g))
				}
				continue
			}
			if k.owner != nil && !stands && t.follows() && (s.spoken || s.confirmed) && !k.owner.heard.IsZero() {
				s.asOf = later(s.asOf, k.owner.heard.Add(-t.Delay))
			}
		}
	}
}

func (m *model) stream(l *mLink, us []mUpdate, received time.Time) error {
	if !l.open {
		return ErrClosed
	}
	if m.settle > 0 && received.Before(l.begin) {
		l.begin = later(l.made, received)
	}
	sent := received
	var newest time.Time
	for _, u := range us {
		if (u.has[0] || u.has[1] || u.has[2]) && u.time.After(newest) {
			newest = u.time
		}
	}
	if !newest.IsZero() && !m.feed.Relay {
		took := received.Sub(newest)
		if !l.timed || took < l.least {
			l.timed, l.least = true, took
		}
		sent = received.Add(l.least - took)
	}
	for _, u := range us {
		k := m.markets[u.market]
		if m.feed.Relay && u.market != "" {
			u.whole()
		}
		if m.feed.Relay && (u.market == "" || !m.again(l, k, &u, received)) {
			m.hear(l, &u, received)
			continue
		}
		if k == nil || k.removed || k.owner != l && k.next != l {
			m.stray++
			continue
		}
		if received.After(k.votedAt) {
			k.votes = 0
		}
		if !k.halted && u.origin == nil {
			k.refused = ""
		}
		m.streamMarket(l, k, &u, received, sent)
	}
	l.heard = later(l.heard, sent)
	m.follow()
	if l.void {
		return ErrRestarted
	}
	return nil
}

func comparable(s *mGroup, u *mUpdate, g int) bool {
	return s.key != 0 && u.key[g] != 0 && s.epoch == u.epoch
}

func (m *model) streamGroup(l *mLink, k *mMarket, g int, u *mUpdate, received, sent time.Time) {
	s, t := &k.groups[g], m.told[g]
	was := *s
	switch {
	case comparable(s, u, g) && u.key[g] < s.key:
		if !s.doubt.IsZero() && received.Sub(s.doubt) > t.Delay+5*time.Second {
			m.void(l)
			return
		}
		m.late++
		s.dropped, s.lower = received, true
		if s.doubt.IsZero() {
			s.doubt = received
		}
		return
	case comparable(s, u, g) && u.key[g] == s.key && (u.value[g] == s.value || t.Kind == OnTrade && s.source == REST):
		m.double++
		if m.feed.Relay {
			m.repeat(u, g, s, received)
		}
	case m.feed.Relay:
		m.repeat(u, g, s, received)
	case !comparable(s, u, g) && t.Kind == OnTrade && s.source == REST && (received.Add(-u.age).Before(s.asOf) || sent.Before(s.asOf)):
		m.double++
	default:
		s.cool()
		if !k.halted {
			asOf := sent.Add(-t.Delay)
			if was := received.Add(-u.age); t.Kind == OnTrade && was.Before(asOf) {
				asOf = was
			}
			s.asOf = later(s.asOf, asOf)
		}
		s.source, s.value, s.key, s.epoch, s.time, s.received = Stream, u.value[g], u.key[g], u.epoch, u.time, received
		m.accept(u.market, g, s)
	}
	s.spoken, s.doubt = true, time.Time{}
	m.streamed(k, g, u, was, received)
}

func (m *model) void(l *mLink) {
	l.void = true
	for _, k := range m.markets {
		if k.owner == l {
			k.forget()
		}
	}
}

func (k *mMarket) forget() {
	for g := range k.groups {
		k.groups[g].key, k.groups[g].epoch = 0, 0
	}
}

// own gives a market to a link.
func (k *mMarket) own(l *mLink) {
	k.owner, k.next, k.ahead, k.wait = l, nil, nil, nil
	k.line, k.follows, k.said = nil, 0, false
	for g := range k.groups {
		s := &k.groups[g]
		s.spoken, s.confirmed, s.doubt = false, false, time.Time{}
	}
}

// revive begins a removed market anew.
func (k *mMarket) revive(at time.Time) {
	if k.removed {
		*k = mMarket{owner: k.owner, next: k.next, carried: at}
		k.ahead = &mAhead{since: at}
	}
}

func (m *model) carry(l *mLink, ms []Market, at time.Time, first bool) {
	if !l.open {
		return
	}
	for _, name := range ms {
		k := m.market(name)
		k.revive(at)
		k.listed = true
		switch {
		case k.owner == nil || !k.owner.open:
			k.own(l)
			k.carried = at
		case k.owner != l:
			if k.next, k.ahead = l, (&mAhead{since: at}); first && l.spare == nil {
				l.spare = k.owner
			}
			l.shared, k.owner.shared = true, true
		default:
			k.carried = at
			for g := range k.groups {
				k.groups[g].confirmed = false
			}
		}
	}
}

func (m *model) close(l *mLink, err error) {
	if !l.open {
		return
	}
	l.open, l.why = false, errors.Join(ErrDown, err)
	l.loseLines(err)
	if err != nil && m.missed(l) {
		m.broken++
		m.lost = false
	}
	for _, k := range m.markets {
		if k.next == l {
			k.next, k.ahead = nil, nil
		}
		if k.owner == l {
			k.wait = nil
			if k.next != nil {
				m.pass(k, k.next, time.Now())
				m.resume(k, k.owner.heard, time.Now())
			}
		}
	}
}

func (m *model) list(ls []Listed, asked, now time.Time) {
	m.lists++
	for _, l := range ls {
		k := m.market(l.Market)
		if m.feed.Relay && k.removed && k.owner != nil && asked.Before(k.votedAt) {
			continue
		}
		k.revive(now)
		k.seen, k.votes = m.lists, 0
		m.follow()
		fresh := !k.listed
		k.listed = true
		if k.said && !fresh {
			continue
		}
		if !l.Trading && (fresh || !k.halted) {
			k.halted, k.refused = true, "not trading"
		} else if l.Trading && k.halted {
			k.halted, k.refused = false, ""
		}
		m.follow()
	}
	m.vanish()
	m.vote(asked, now, false)
}
