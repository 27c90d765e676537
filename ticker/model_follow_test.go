package ticker

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
)

// accepted is a value of one group that the model let in.
type accepted struct {
	market Market
	group  int
	value  int64
}

func (m *model) accept(name Market, g int, s *mGroup) {
	m.accepted = append(m.accepted, accepted{name, g, s.value})
}

// inOrder sorts by market and group, and keeps the order of the values of each.
func inOrder(as []accepted) []accepted {
	slices.SortStableFunc(as, func(a, b accepted) int {
		return cmp.Or(cmp.Compare(a.market, b.market), a.group-b.group)
	})
	return as
}

// replica is what a follower makes of what it is told, with no more than that and
// the lives of the links.
type replica struct {
	f       *follower
	markets map[Market]Change
	heard   map[uint64]Life
	due     int // changes that the other follower was told and this one was not yet
}

// take returns what a follower can be told without waiting.
func (r *replica) take() (cs []Change) {
	b := r.f.b
	for _, life := range b.Lives() {
		r.heard[life.Link] = life
	}
	waiting := func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(r.f.fresh) > 0 || r.f.n > 0 || r.f.lost > 0
	}
	for waiting() {
		c := r.f.next(context.Background())
		cs = append(cs, c)
		switch {
		case c.Removed:
			delete(r.markets, c.Market)
		case c.Market != "":
			r.markets[c.Market] = c
		}
	}
	return cs
}

// ticker is a market as the replica has it.
func (r *replica) ticker(c Change) Ticker {
	life := r.heard[c.Link]
	for g, t := range []Told{life.Feed.Trade, life.Feed.Quote, life.Feed.Stats} {
		if st := c.stamp(g); c.Follows.Has(1<<g) && !life.Heard.IsZero() {
			st.AsOf = later(st.AsOf, life.Heard.Add(-t.Delay))
		}
	}
	return c.Ticker
}

// same holds a replica to the Book.
func (f *fuzzer) sameReplica(r *replica) {
	all := f.b.AppendAll(nil)
	require.Len(f, r.markets, len(all))
	for _, want := range all {
		c := r.markets[want.Market]
		i, _ := f.b.find(want.Market)
		require.Equal(f, f.b.slots[i].follows(), told(c), "what AsOf of %s moves with", want.Market)
		got := r.ticker(c)
		for g := range groups { // Add(0) of a monotonic time is another
			a, b := got.stamp(g), want.stamp(g)
			require.True(f, a.AsOf.Equal(b.AsOf), "AsOf of %s %d: %v for %v", want.Market, g, a.AsOf, b.AsOf)
			a.AsOf = b.AsOf
		}
		require.Equal(f, want, got)
	}
}

// told is what a change says that a market's AsOf moves with.
func told(c Change) follows {
	return follows{c.Link, c.Follows, [groups]Kind{c.Trade.Kind, c.Quote.Kind, c.Stats.Kind}}
}

func keys(c Change) (k [groups]uint64) {
	for g := range groups {
		k[g] = c.stamp(g).Key<<1 | uint64(c.stamp(g).Epoch)
	}
	return k
}

func (f *fuzzer) refollow() {
	for depth, r := range map[int]*replica{100: &f.every, 1 + len(f.data)%7: &f.slow} {
		if r.f != nil {
			f.b.unfollow(r.f)
		}
		*r = replica{f: f.b.follow(depth), markets: map[Market]Change{}, heard: map[uint64]Life{}}
		r.take()
		f.sameReplica(r)
	}
}

// followAll holds what the follower of every change was told in one step to what
// the model let in, and what it makes of that to the Book.
func (f *fuzzer) followAll() {
	want := f.m.accepted
	f.m.accepted = nil
	if f.m.ended {
		return
	}
	before := map[Market]Change{}
	for m, c := range f.every.markets {
		before[m] = c
	}
	var got []accepted
	var at time.Time
	cs := f.every.take()
	for _, c := range cs {
		require.Zero(f, c.Skipped)
		require.False(f, c.At.Before(at) || c.At.After(time.Now()), "%v after %v", c.At, at)
		at = c.At
		for g, v := range values(c.Ticker) {
			if c.Groups.Has(1 << g) {
				got = append(got, accepted{c.Market, g, v})
			}
		}
		if was, ok := before[c.Market]; ok && c.Groups == 0 && !c.Removed {
			require.True(f, told(was) != told(c) || keys(was) != keys(c), "a change that is none: %+v", c)
		}
		if c.Market != "" {
			before[c.Market] = c
		}
	}
	require.Equal(f, append([]accepted{}, inOrder(want)...), append([]accepted{}, inOrder(got)...), "what the follower was told")
	f.sameReplica(&f.every)
	f.slow.due += len(cs)
}

// followSlowly is for the follower that may have fallen behind.
func (f *fuzzer) followSlowly() {
	if f.m.ended {
		return
	}
	n, gap := 0, false
	for _, c := range f.slow.take() {
		switch {
		case c.Skipped > 0:
			require.False(f, gap)
			gap = true
			n += c.Skipped
		case !gap:
			n++
		}
	}
	require.Equal(f, f.slow.due, n, "what it was told, and what it was told that it lost")
	f.slow.due = 0
	f.sameReplica(&f.slow)
}
