package ticker

import (
	"slices"
	"time"
)

// Want is a market of which an answer could add something.
type Want struct {
	Market Market
	Known  bool      // each of its groups is; what it lacks is confirmation
	Read   bool      // it was read since it was last asked for
	AsOf   time.Time // of the oldest of its groups
	// NotBefore is the moment from which a request can confirm it: until then its
	// answer may come from a cache that is older than the connection, and only
	// fills what is unknown.
	NotBefore time.Time
}

// patience is how long an unknown market waits for an answer that confirms it
// rather than taking one at once that would have to be asked for again.
const patience = 2 * time.Second

// hearing is how long a link is heard before anything is asked for: what the
// exchange told while it acknowledged is read first, and need not be asked for.
const hearing = 50 * time.Millisecond

// At is the moment to ask: NotBefore, or at once for what is unknown, where that
// is far.
func (w *Want) At(now time.Time) time.Time {
	if !w.Known && w.NotBefore.Sub(now) > patience {
		return now
	}
	return w.NotBefore
}

// Wanted appends the markets of which an answer could add something: those that
// are not confirmed on their link and, while that is closed, those that are unknown.
func (k *Keeper) Wanted(dst []Want) []Want {
	k.with(func(b *Book) {
		if b.wanted == 0 {
			return
		}
		for i := range b.slots {
			if s := &b.slots[i]; s.isWanted {
				dst = append(dst, s.want())
			}
		}
	})
	return dst
}

// Wants says whether, and when, an answer about the market could add something.
func (k *Keeper) Wants(m Market) (w Want, ok bool) {
	k.with(func(b *Book) {
		if i, found := b.find(m); found {
			s := &b.slots[i]
			if ok = s.isWanted; ok {
				w = s.want()
			}
		}
	})
	return w, ok
}

// Older appends the markets with a group that the stream does not follow, and
// whose AsOf is older than age: those that were read since they were last asked
// for first, then the oldest.
func (k *Keeper) Older(age time.Duration, dst []Want) []Want {
	n := len(dst)
	k.with(func(b *Book) {
		now := time.Now()
		for i := range b.slots {
			if s := &b.slots[i]; s.older(now, age) {
				dst = append(dst, Want{Market: s.ticker.Market, Known: true, Read: s.read, AsOf: s.unfollowed()})
			}
		}
	})
	slices.SortStableFunc(dst[n:], func(a, b Want) int {
		if a.Read != b.Read {
			if a.Read {
				return -1
			}
			return 1
		}
		return a.AsOf.Compare(b.AsOf)
	})
	return dst
}

// IsOlder reports whether Older would name the market.
func (k *Keeper) IsOlder(m Market, age time.Duration) (ok bool) {
	k.with(func(b *Book) {
		if i, found := b.find(m); found {
			ok = b.slots[i].older(time.Now(), age)
		}
	})
	return ok
}

// Asked takes the next unknown market that a reader asked for.
func (k *Keeper) Asked() (m Market, ok bool) {
	k.with(func(b *Book) {
		for len(b.asked) > 0 && !ok {
			s := &b.slots[b.asked[0]]
			b.asked = b.asked[1:]
			s.asked = false
			m, ok = s.ticker.Market, s.isUnknown
		}
	})
	return m, ok
}

// want describes the market to an engine that may ask for it.
func (s *slot) want() Want {
	w := Want{Market: s.ticker.Market, Known: s.known}
	first := true
	for i := range groups {
		if !s.wants(i) {
			continue
		}
		at, asOf := s.useful(i), s.asOf(i)
		if first || at.Before(w.NotBefore) {
			w.NotBefore = at
		}
		if first || asOf.Before(w.AsOf) {
			w.AsOf = asOf
		}
		first = false
	}
	return w
}

// useful is the moment from which a request can confirm a group that wants it.
// What is in doubt is given a second to settle by itself.
func (s *slot) useful(i int) time.Time {
	st, t := s.ticker.stamp(i), &s.link.told[i]
	at := later(s.begin(), st.Received)
	if s.link.feed.Settle == 0 {
		at = later(at, s.begin().Add(hearing))
	}
	if s.doubted(i) {
		at = later(at, s.rare.doubts[i].last.Add(time.Second))
	}
	return at.Add(t.CacheAge)
}

// wants reports whether an answer could add something to a group: REST answers
// carry it, and it is unknown or, while the link is open, unconfirmed or in doubt.
func (s *slot) wants(i int) bool {
	g := &s.groups[i]
	switch {
	case !s.link.told[i].REST, s.waits(i):
		return false
	case s.link.err != nil:
		return !s.ticker.stamp(i).Source.told()
	}
	return !(g.spoken || g.confirmed) || s.doubted(i)
}

// wanted reports whether an answer could add something to any group.
func (s *slot) wanted() bool {
	return s.expected() && (s.wants(0) || s.wants(1) || s.wants(2))
}

// unfollowed is the oldest AsOf of the groups that REST answers carry and the
// stream does not follow; zero where there is no such group.
func (s *slot) unfollowed() (oldest time.Time) {
	for i := range groups {
		t := &s.link.told[i]
		if a := s.asOf(i); t.REST && !t.follows() && (oldest.IsZero() || a.Before(oldest)) {
			oldest = a
		}
	}
	return oldest
}

// older reports whether the market has such a group, known but older than age.
func (s *slot) older(now time.Time, limit time.Duration) bool {
	if s.link == nil || s.link.err != nil || !s.known || !s.expected() {
		return false
	}
	at := s.unfollowed()
	return !at.IsZero() && age(at, now) > limit
}
