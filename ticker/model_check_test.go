package ticker

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
)

// learn notes which markets have become known.
func (m *model) learn() {
	for _, k := range m.markets {
		complete := k.owner != nil && !k.removed
		asks := m.told[0].REST || m.told[1].REST || m.told[2].REST
		for g, t := range m.told {
			if (t.REST || !asks && t.Kind != Never) && !k.groups[g].told() {
				complete = false
			}
		}
		if m.feed.Relay {
			complete = false // see vouch
		}
		k.known = k.known || complete
	}
}

// count is what the model has by counting.
func (m *model) count() (known int, unknown, wanted []Market, refused map[Market]string) {
	m.learn()
	refused = map[Market]string{}
	for name, k := range m.markets {
		wants := false
		for g, t := range m.told {
			s := &k.groups[g]
			switch {
			case !t.REST || k.owner == nil:
			case k.owner.open:
				wants = wants || !k.waits(g) && !s.spoken && !s.confirmed || !s.doubt.IsZero()
			default:
				wants = wants || !s.told()
			}
		}
		switch {
		case !k.listed || k.removed:
		case k.refused != "":
			refused[name] = k.refused
		case k.known:
			known++
		default:
			unknown = append(unknown, name)
		}
		if wants && k.expected() {
			wanted = append(wanted, name)
		}
	}
	return known, unknown, wanted, refused
}

func (m *model) open() (n int) {
	for _, l := range m.links {
		if l.open {
			n++
		}
	}
	return n
}

// standing are those that are open, less those that are to replace another.
func (m *model) standing() (n int) {
	for _, l := range m.links {
		if l.open && !l.spares() {
			n++
		}
	}
	return n
}

func (l *mLink) spares() bool { return l.spare != nil && l.spare.open }

// state is what follows from the counts after an operation.
func (m *model) state(unknown, wanted int) State {
	listed := false
	for _, k := range m.markets {
		listed = listed || k.listed
	}
	m.synced = m.synced || m.opened && unknown == 0 && listed
	n := m.standing()
	switch {
	case m.ended:
		return Ended
	case !m.kept && n == 0:
		return Idle
	case n < m.expect && m.opened, m.lost:
		return Down
	case n == 0:
		return Connecting
	case unknown > 0 || wanted > 0 || m.syncsThere():
		return Syncing
	}
	return Live
}

// same holds the Book to the model.
func (f *fuzzer) same() {
	known, unknown, wanted, refused := f.m.count()
	st := f.b.Status()
	require.Equal(f, f.m.state(len(unknown), len(wanted)), st.State)
	require.Equal(f, f.m.synced, st.Synced)
	require.Equal(f, f.m.origin, st.Origin)
	require.Equal(f, known, st.Known, "known")
	require.ElementsMatch(f, unknown, st.Unknown)
	require.Equal(f, refused, st.Refused)
	require.Equal(f, known+len(unknown)+len(refused), st.Total)
	require.Equal(f, f.m.open(), st.Connections)
	require.Equal(f, f.m.reconnects, st.Reconnects)
	require.Equal(f, [3]uint64{f.m.late, f.m.double, f.m.stray}, [3]uint64{st.Late, st.Double, st.Stray})
	require.Equal(f, f.m.short, st.ShortList)
	f.sameAudit(st.Audit)
	require.Equal(f, len(unknown), f.b.unknown)
	require.Equal(f, len(wanted), f.b.wanted)
	if f.m.kept {
		var ms []Market
		for _, w := range f.k.Wanted(nil) {
			ms = append(ms, w.Market)
		}
		require.ElementsMatch(f, wanted, ms)
	}
	var all []Market
	for _, t := range f.b.AppendAll(nil) {
		all = append(all, t.Market)
		f.sameTicker(t)
	}
	require.True(f, slices.IsSorted(all))
	for _, name := range fuzzMarkets {
		k := f.m.markets[name]
		_, ok := f.b.Get(name)
		require.Equal(f, k != nil && k.readable(), ok)
		require.Equal(f, ok, slices.Contains(all, name))
		f.sameErrors(name, k)
	}
}

func (f *fuzzer) sameTicker(t Ticker) {
	k := f.m.markets[t.Market]
	got := [groups]int64{whole(t.Trade.Price), whole(t.Quote.Bid), whole(t.Stats.Open)}
	for g := range groups {
		s, in := &k.groups[g], t.stamp(g)
		require.Equal(f, s.value, got[g])
		require.Equal(f, s.asOf.UnixNano(), in.AsOf.UnixNano(), "AsOf of %s %d", t.Market, g)
		want := Stamp{Time: s.time, Received: s.received, AsOf: in.AsOf, Key: s.key, Epoch: s.epoch, Source: s.source, Kind: in.Kind}
		require.Equal(f, want, *in)
		if f.m.feed.Relay {
			require.Equal(f, s.kind, in.Kind)
		} else if k.owner != nil {
			require.Equal(f, f.m.told[g].Kind, in.Kind)
		}
	}
}

// sameErrors holds Trade and Quote to the model, with a patience of 3 seconds.
func (f *fuzzer) sameErrors(name Market, k *mMarket) {
	_, err := f.b.Trade(name, 3*time.Second)
	f.sameError(err, k, 0)
	_, err = f.b.Quote(name, 3*time.Second)
	f.sameError(err, k, 1)
}

func (f *fuzzer) sameError(err error, k *mMarket, g int) {
	var want error
	switch {
	case k == nil:
		want = ErrUnknown
	case k.removed:
		want = ErrRemoved
	case k.groups[g].source == NoSource:
		want = ErrUnknown
		if f.m.feed.Relay {
			if k.owner != nil && k.line != nil && k.line.fed && k.line.told[g] == (Told{}) {
				want = ErrNotReported
			}
		} else if t := f.m.told[g]; k.owner != nil && t.Kind == Never && !t.REST {
			want = ErrNotReported
		}
	case time.Since(k.groups[g].asOf) > 3*time.Second, k.groups[g].source == Warm:
		var stale *StaleError
		require.ErrorAs(f, err, &stale)
		require.Equal(f, time.Since(k.groups[g].asOf), stale.Age)
		want = k.cause(f.m.told[g], g, f.m.feed.Relay)
	case k.groups[g].value == 0:
		want = ErrNotReported
	}
	if want == nil {
		require.NoError(f, err)
	} else {
		require.ErrorIs(f, err, want)
	}
}

func (k *mMarket) cause(t Told, g int, relay bool) error {
	s := &k.groups[g]
	switch {
	case k.halted:
		return ErrNotTrading
	case k.votes > 0:
		return ErrUnlisted
	case s.source == Warm:
		return ErrWarm
	case k.owner == nil || !k.owner.open:
		return ErrDown
	case !s.doubt.IsZero():
		return ErrDoubtful
	case relay:
		return k.causeThere(g)
	case !t.follows():
		return ErrNotFollowed
	case !s.spoken && !s.confirmed:
		return ErrUnconfirmed
	}
	return ErrSilent
}

// rewatch has another watcher of all markets begin.
func (f *fuzzer) rewatch() {
	f.b.unwatch(f.w)
	f.w, f.seen = f.b.watch(nil), map[Market][groups]int64{}
}

// watchAll takes what a watcher of all markets is told, and holds what it makes
// of that to the Book.
func (f *fuzzer) watchAll() {
	f.b.mu.Lock()
	defer f.b.mu.Unlock()
	for f.w.first != none || f.w.connected {
		f.b.mu.Unlock()
		c := f.w.next(context.Background())
		f.b.mu.Lock()
		switch {
		case c.Removed:
			delete(f.seen, c.Market)
		case c.Market != "":
			f.seen[c.Market] = values(c.Ticker)
		}
	}
	want := map[Market][groups]int64{}
	for i := range f.b.slots {
		s := &f.b.slots[i]
		if s.readable() {
			want[s.ticker.Market] = values(s.ticker)
		}
		require.Equal(f, s.follows(), s.told, "what AsOf moves with, as recorded")
	}
	require.Equal(f, want, f.seen, "what a watcher saw")
}

func values(t Ticker) [groups]int64 {
	return [groups]int64{whole(t.Trade.Price), whole(t.Quote.Bid), whole(t.Stats.Open)}
}

var errFuzz = errors.New("reset by the fuzzer")
