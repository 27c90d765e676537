package ticker

import (
	"time"

	"github.com/stretchr/testify/require"
)

// mAudit is what the model's audit keeps of a market.
type mAudit struct {
	compared, stood time.Time
	silent          bool
	owed            *mOwed
	past            [2][]mPast
}

type mPast struct {
	value int64
	until time.Time
}

type mOwed struct {
	u                         mUpdate
	has, taken                [groups]bool
	link                      *mLink
	since, received, by, over time.Time
}

func (o *mOwed) price() bool { return o.has[0] || o.has[1] }

// compares: the group is said to be as fresh as the link's last word.
func (m *model) compares(k *mMarket, g int) bool {
	s, t := &k.groups[g], m.told[g]
	stands := k.votes > 0 || k.halted || k.removed || !s.doubt.IsZero()
	return k.owner != nil && k.owner.open && !k.owner.void && !stands && t.REST && t.follows() && (s.spoken || s.confirmed)
}

func (m *model) compare(k *mMarket, g int, u *mUpdate, valid time.Time) (agree, differ bool) {
	s := &k.groups[g]
	if !m.audits || !m.compares(k, g) {
		return false, false
	}
	same := s.value == u.value[g] || g < 2 && (s.value == 0 || u.value[g] == 0)
	if comparable(s, u, g) {
		agree, differ = u.key[g] <= s.key, u.key[g] > s.key && valid.After(s.received)
	} else {
		agree, differ = same, !same && valid.After(s.received)
	}
	if differ {
		k.audit.stood = later(s.received, k.audit.compared)
	}
	if differ && !comparable(s, u, g) && s.key != 0 && g < 2 && !m.keyless[g] {
		m.keyless[g], differ = true, false // the past was not kept
	}
	if !comparable(s, u, g) {
		differ = differ && (u.time.IsZero() || !u.time.Before(s.time.Truncate(time.Second)))
		if g < 2 {
			for _, p := range k.audit.past[g] {
				differ = differ && (p.value != u.value[g] || p.until.Truncate(time.Second).Before(valid.Add(-10*time.Minute).Truncate(time.Second)))
			}
		}
	}
	return agree, differ
}

// compared takes what the groups of one answer showed; taken are those that were
// written.
func (m *model) compared(k *mMarket, u *mUpdate, now time.Time, agree, differ, taken [groups]bool) {
	a := &k.audit
	if !m.audits {
		return
	}
	a.compared = now
	if agree[0] || agree[1] || differ[0] || differ[1] {
		m.probes++
	}
	if a.owed != nil {
		for g := range groups {
			if agree[g] && !a.taken(g) || taken[g] && !differ[g] {
				a.forgive(g)
			}
		}
	}
	if a.owed != nil || !differ[0] && !differ[1] {
		return
	}
	a.owed = &mOwed{u: *u, has: differ, link: k.owner, since: a.stood, received: now}
	for g := range groups {
		a.owed.taken[g] = differ[g] && taken[g]
		if differ[g] {
			a.owed.by = later(a.owed.by, now.Add(m.told[g].Delay+5*time.Second))
		}
	}
}

// taken: what is owed of the group was taken from the answer at once.
func (a *mAudit) taken(g int) bool { return a.owed != nil && a.owed.taken[g] }

func (a *mAudit) forgive(g int) {
	if a.owed != nil {
		if a.owed.has[g] = false; !a.owed.price() {
			a.owed = nil
		}
	}
}

// streamed takes what the stream told of a group, which before held was.
func (m *model) streamed(k *mMarket, g int, u *mUpdate, was mGroup, received time.Time) {
	a, s := &k.audit, &k.groups[g]
	if m.feed.Relay {
		return
	}
	if m.audits && g < 2 && (u.key[g] == 0 || m.keyless[g]) && was.told() && was.value != s.value {
		a.past[g] = append(a.past[g], mPast{was.value, received})
		a.past[g] = a.past[g][max(0, len(a.past[g])-16):]
	}
	a.silent = false
	if o := a.owed; o != nil {
		if o.u.key[g] != 0 && u.key[g] != 0 && o.u.epoch == u.epoch && u.key[g] < o.u.key[g] {
			return
		}
		a.forgive(g)
	}
}

// look heals what has been owed for too long, and returns the markets.
func (m *model) look(now time.Time) (found []Mismatch) {
	for name, k := range m.markets {
		o := k.audit.owed
		if o == nil {
			continue
		}
		if k.owner != o.link || !k.expected() || !m.compares(k, 0) && !m.compares(k, 1) {
			k.audit.owed = nil
			continue
		}
		if o.over.IsZero() && !o.link.heard.Before(o.by) {
			o.over = now
		}
		if o.over.IsZero() || now.Sub(o.over) < time.Second {
			continue
		}
		found = append(found, Mismatch{Market: name, Since: o.since, Silent: k.audit.silent})
		m.mismatches++
		m.worst = max(m.worst, now.Sub(o.since))
		k.audit.owed, k.audit.silent = nil, true
		for g := range groups {
			if s := &k.groups[g]; o.has[g] && !o.taken[g] && m.compares(k, g) {
				s.source, s.value, s.key, s.epoch, s.time, s.received = REST, o.u.value[g], o.u.key[g], o.u.epoch, o.u.time, o.received
				m.accept(name, g, s)
			}
		}
	}
	return found
}

// audit turns the audit on or off, or has it look, once or during a quiet spell.
func (f *fuzzer) audit(l *Link, ml *mLink) {
	switch f.next(4) {
	case 0:
		f.m.audits = !f.m.audits
		every := time.Duration(0)
		if f.m.audits {
			every = time.Second
		}
		f.k.Audit(every, false)
	case 1:
		for range 2 + f.next(10) {
			f.heard(l, ml, time.Now())
			f.look()
			time.Sleep(time.Second)
		}
	default:
		f.look()
	}
}

func (f *fuzzer) look() {
	want, got := f.m.look(time.Now()), f.k.Mismatches(nil)
	for i := range got {
		require.Equal(f, f.m.links[f.indexOf(got[i].Link)], f.m.markets[got[i].Market].owner)
		got[i].Link = nil
	}
	require.ElementsMatch(f, want, got)
	f.m.follow()
}

func (f *fuzzer) indexOf(l *Link) int {
	for i := range f.links {
		if f.links[i] == l {
			return i
		}
	}
	return -1
}

// sameAudit holds the Book's audit to the model's.
func (f *fuzzer) sameAudit(got Audit) {
	want := Audit{Probes: f.m.probes, Mismatches: f.m.mismatches, Worst: f.m.worst}
	for _, k := range f.m.markets {
		if f.m.audits && k.expected() && (f.m.compares(k, 0) || f.m.compares(k, 1)) {
			want.Round += time.Second
		}
	}
	require.Equal(f, want, got)
}

// unaudit forgets what the last run's audit kept.
func (m *model) unaudit() {
	m.audits, m.keyless = false, [groups]bool{}
	for _, k := range m.markets {
		k.audit = mAudit{}
	}
}
