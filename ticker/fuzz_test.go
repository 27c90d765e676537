package ticker

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/require"
)

var fuzzMarkets = []Market{"A-X", "B-X", "C-X", "D-X", "E-X", "F-X", "G-X"}

// fuzzFeeds are the exchanges that the fuzz test knows.
var fuzzFeeds = []Feed{
	{Trade: Told{Kind: EveryChange, REST: true}},
	{Trade: Told{Kind: EveryChange, REST: true, CacheAge: 2 * time.Second}, Settle: 2 * time.Second},
	{Trade: Told{Kind: EveryChange}, Quote: Told{Kind: OnTrade, REST: true}},
	{Trade: Told{Kind: EveryChange, REST: true}, Quote: Told{Kind: Throttled, Delay: time.Second, REST: true},
		Stats: Told{REST: true, CacheAge: time.Second}},
	{Relay: true},
}

// fuzzer plays a history that is written in bytes on a Book and on a model.
type fuzzer struct {
	*testing.T
	data  []byte
	b     Book
	k     *Keeper
	m     *model
	feed  Feed
	links []*Link
	w     *watch
	every replica // follows each step
	slow  replica // is told now and then, of a short ring
	seen  map[Market][groups]int64
	// counts: the last operation could change no more than counters and states.
	counts bool
}

func (f *fuzzer) next(n int) int {
	if len(f.data) == 0 {
		return 0
	}
	c := int(f.data[0]) % n
	f.data = f.data[1:]
	return c
}

func (f *fuzzer) ago(most int) time.Time {
	return time.Now().Add(-time.Duration(f.next(4*most)) * 250 * time.Millisecond)
}

func (f *fuzzer) some() (ms []Market) {
	bits := f.next(256)
	for i, m := range fuzzMarkets {
		if bits>>i&1 != 0 {
			ms = append(ms, m)
		}
	}
	return ms
}

func whole(d decimal.Decimal) int64 {
	n, _, _ := d.Int64(0)
	return n
}

func (u *mUpdate) update() (v Update) {
	v.Market, v.Age = u.market, u.age
	price := func(g int) decimal.Decimal { return decimal.MustNew(u.value[g], 0) }
	v.Trade.Price, v.Quote.Bid, v.Stats.Open = price(0), price(1), price(2)
	for g := range groups {
		if s := v.stamp(g); u.has[g] {
			v.Groups |= 1 << g
			*s = u.stamps[g]
			s.Key, s.Epoch, s.Time = u.key[g], u.epoch, u.time
		}
	}
	v.Origin = u.origin
	return v
}

func (f *fuzzer) updates() (us []mUpdate, vs []Update) {
	for range 1 + f.next(3) {
		u := mUpdate{market: fuzzMarkets[f.next(len(fuzzMarkets))]}
		how := f.next(256)
		for g := range groups {
			u.has[g] = how>>g&1 == 0
			if u.has[g] {
				u.value[g] = int64(f.next(5))
				if how>>3&1 != 0 {
					u.key[g] = uint64(f.next(6))
				}
			}
		}
		u.epoch = uint32(how >> 4 & how >> 5 & 1)
		if how>>6&1 != 0 {
			u.time = f.ago(4)
		}
		if how>>7 != 0 {
			u.age = time.Duration(f.next(4)) * time.Second
		}
		if f.feed.Relay {
			f.repeats(&u)
		}
		us, vs = append(us, u), append(vs, u.update())
	}
	return us, vs
}

func (f *fuzzer) link() (*Link, *mLink) {
	if len(f.links) == 0 {
		return nil, nil
	}
	i := len(f.links) - 1 - f.next(min(3, len(f.links)))
	return f.links[i], f.m.links[i]
}

// step plays one operation.
func (f *fuzzer) step() {
	now := time.Now()
	l, ml := f.link()
	f.counts = false
	switch op := f.next(22); {
	case op == 0 || f.m.kept && l == nil:
		ms := f.some()
		l = f.b.Link(ms, f.feed)
		ml = &mLink{id: len(f.links), made: now, begin: now.Add(f.feed.Settle), open: true}
		f.links, f.m.links = append(f.links, l), append(f.m.links, ml)
		f.m.carry(ml, ms, now, true)
		f.m.opened = true
		if f.m.broken > 0 && ml.spare == nil {
			f.m.broken--
			f.m.reconnects++
		}
		f.m.relay = f.feed.Relay
		f.m.lost = f.m.lost && ml.spare != nil
	case !f.m.kept && f.next(2) == 0:
		f.warm()
	case !f.m.kept:
		var err error
		f.k, err = f.b.Keep("fuzz")
		require.NoError(f, err)
		f.m.kept, f.m.ended, f.m.expect, f.m.broken, f.m.opened = true, false, 1, 0, false
		f.m.relay, f.m.lost, f.m.origin = false, false, OriginStatus{}
		f.m.unaudit()
		f.rewatch()
		f.refollow()
	case op <= 4:
		f.counts = !f.feed.Relay
		us, vs := f.updates()
		received := f.ago(1)
		require.Equal(f, f.m.stream(ml, us, received), l.Stream(vs, received))
	case op <= 7:
		us, vs := f.updates()
		asked, all := f.ago(6), f.next(3) == 0
		f.counts = !all
		f.m.answer(us, asked, now, all)
		l.Answer(vs, asked, all)
	case op <= 9:
		f.counts = true
		f.heard(l, ml, f.ago(1))
	case op == 10:
		var ls []Listed
		halted := f.next(256)
		for i, m := range f.some() {
			ls = append(ls, Listed{m, halted>>i&3 != 3})
		}
		asked := f.ago(3)
		f.m.list(ls, asked, now)
		f.k.List(ls, asked)
	case op == 11:
		ms := f.some()
		f.m.carry(ml, ms, now.Add(f.feed.Settle), false)
		l.Carry(ms)
	case op == 12:
		var err error
		if f.next(4) != 0 {
			err = errFuzz
		}
		f.m.close(ml, err)
		l.Close(err)
	case op == 13:
		m := fuzzMarkets[f.next(len(fuzzMarkets))]
		if k := f.m.markets[m]; k != nil && k.listed && !k.halted {
			k.refused = "no"
		}
		f.k.Refuse(m, "no")
	case op == 14:
		f.m.expect = f.next(3)
		f.k.Expect(f.m.expect)
	case op >= 19:
		f.handOver(l, ml)
	case op >= 16:
		f.audit(l, ml)
	default:
		f.m.relay, f.m.lost = false, false
		for _, ml := range f.m.links {
			f.m.close(ml, nil)
		}
		f.k.End(errFuzz)
		f.m.kept, f.m.ended = false, true
	}
	f.m.attend()
}

func (f *fuzzer) heard(l *Link, ml *mLink, at time.Time) {
	if ml.open {
		ml.heard = later(ml.heard, at)
		f.m.follow()
	}
	l.Heard(at)
}

func FuzzBook(f *testing.F) {
	for i, seed := range fuzzSeeds() {
		if !testing.Short() || i < 40 {
			f.Add(seed)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 2000 {
			t.Skip("longer than it needs to be")
		}
		synctest.Test(t, func(t *testing.T) {
			f := &fuzzer{T: t, data: data, seen: map[Market][groups]int64{}}
			f.feed = fuzzFeeds[f.next(len(fuzzFeeds))]
			f.m = &model{feed: f.feed, markets: map[Market]*mMarket{}, settle: f.feed.Settle}
			f.m.told = [groups]Told{f.feed.Trade, f.feed.Quote, f.feed.Stats}
			if f.feed.Relay {
				f.m.told = [groups]Told{repeated, repeated, repeated}
			}
			f.w = f.b.watch(nil)
			f.refollow()
			f.same()
			for len(f.data) > 0 {
				before, changed := f.b.Status(), f.b.StatusChanged()
				f.step()
				f.same()
				f.followAll()
				f.fired(before, changed)
				if f.next(2) == 0 {
					f.watchAll()
					f.followSlowly()
				}
				time.Sleep(time.Duration(f.next(8)) * 250 * time.Millisecond)
			}
		})
	})
}

// fired checks that StatusChanged fires on what it promises, and on no counter.
func (f *fuzzer) fired(before Status, changed <-chan struct{}) {
	after := f.b.Status()
	differs := before.State != after.State || before.Synced != after.Synced ||
		before.Connections != after.Connections || before.Origin != after.Origin || len(before.Refused) != len(after.Refused)
	for m, why := range before.Refused {
		differs = differs || after.Refused[m] != why
	}
	select {
	case <-changed:
		require.True(f, differs || !f.counts, "StatusChanged fired for a counter: %+v, %+v", before, after)
	default:
		require.False(f, differs, "StatusChanged did not fire: %+v, %+v", before, after)
	}
}
