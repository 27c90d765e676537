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
		if i, found := b.index[m]; found {
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
		if i, found := b.index[m]; found {
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
