package ticker

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// crowd is a Book of n markets that a link tells, and an update for each.
func crowd(tb testing.TB, n int) (*Book, *Link, []Update) {
	tb.Helper()
	b := new(Book)
	var ms []Market
	var us []Update
	for i := range n {
		m := Market(fmt.Sprintf("M%d-USD", i))
		ms = append(ms, m)
		u := trade(m, "1")
		u.Groups |= QuoteGroup
		u.Quote.Bid, u.Quote.Ask = decimal.MustNew(99, 2), decimal.MustNew(101, 2)
		us = append(us, u)
	}
	feed := Feed{Trade: Told{Kind: EveryChange, REST: true}, Quote: Told{Kind: EveryChange, REST: true}}
	l := b.Link(ms, feed)
	require.NoError(tb, l.Stream(us, time.Now()))
	return b, l, us
}

func TestAllocs(t *testing.T) {
	b, l, us := crowd(t, 500)
	all := b.AppendAll(nil)
	f, full, w := b.follow(10), b.follow(1), b.watch(nil)
	for range len(us) {
		f.next(t.Context())
	}
	n := 0
	key := uint64(1)
	for what, f := range map[string]func(){
		"Stream": func() {
			n++
			key++
			u := us[n%len(us) : n%len(us)+1]
			u[0].Trade.Key, u[0].Quote.Key = key, key
			_ = l.Stream(u, time.Now())
			f.next(t.Context())
		},
		"Watch": func() {
			key++
			us[1].Trade.Key, us[1].Quote.Key = key, key
			_ = l.Stream(us[1:2], time.Now())
			f.next(t.Context())
			w.next(t.Context())
		},
		"Heard":     func() { l.Heard(time.Now()) },
		"Get":       func() { _, _ = b.Get("M7-USD") },
		"Quote":     func() { _, _ = b.Quote("M7-USD", time.Hour) },
		"Trade":     func() { _, _ = b.Trade("M7-USD", time.Hour) },
		"AppendAll": func() { all = b.AppendAll(all[:0]) },
	} {
		assert.Zero(t, testing.AllocsPerRun(1000, f), what)
	}
	assert.Equal(t, 1, full.n, "one follower has fallen behind")
	assert.NotZero(t, full.lost)
}

// What a market costs in a Book while an audit compares it: its slot, its place in
// the order, its two places in the index, and what the audit keeps of it.
func TestMemoryOfAMarket(t *testing.T) {
	const most = 700
	bytes := int(unsafe.Sizeof(slot{}) + 3*unsafe.Sizeof(int32(0)) + unsafe.Sizeof(audited{}))
	t.Logf("%d bytes a market, %d of them its slot", bytes, unsafe.Sizeof(slot{}))
	assert.LessOrEqual(t, bytes, most)
}

func BenchmarkStream(b *testing.B) {
	for _, n := range []int{500, 5000} {
		b.Run(fmt.Sprint(n, " markets"), func(b *testing.B) {
			_, l, us := crowd(b, n)
			now := time.Now()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				u := us[i%n : i%n+1]
				u[0].Trade.Key, u[0].Quote.Key = uint64(i)+2, uint64(i)+2
				_ = l.Stream(u, now)
			}
		})
	}
}

func BenchmarkGet(b *testing.B) {
	book, _, us := crowd(b, 5000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		_, _ = book.Get(us[i%len(us)].Market)
	}
}

func BenchmarkAppendAll(b *testing.B) {
	book, _, _ := crowd(b, 5000)
	all := book.AppendAll(nil)
	b.ReportAllocs()
	for b.Loop() {
		all = book.AppendAll(all[:0])
	}
}

func BenchmarkQuote(b *testing.B) {
	book, _, us := crowd(b, 5000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		_, _ = book.Quote(us[i%len(us)].Market, time.Hour)
	}
}

// The cost of a frame while followers take every change, and without any (see
// BenchmarkStream).
func BenchmarkStreamFollowed(b *testing.B) {
	for _, n := range []int{1, 10} {
		b.Run(fmt.Sprint(n, " followers"), func(b *testing.B) {
			book, l, us := crowd(b, 500)
			ctx, cancel := context.WithCancel(context.Background())
			var done sync.WaitGroup
			for range n {
				done.Go(func() {
					for range book.Follow(ctx, 0) {
					}
				})
			}
			now := time.Now()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				u := us[i%len(us) : i%len(us)+1]
				u[0].Trade.Key, u[0].Quote.Key = uint64(i)+2, uint64(i)+2
				_ = l.Stream(u, now)
			}
			cancel()
			done.Wait()
		})
	}
}

// The cost of a frame while watchers of every market look on.
func BenchmarkStreamWatched(b *testing.B) {
	book, l, us := crowd(b, 500)
	var done sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	for range 10 {
		done.Go(func() {
			for range book.Watch(ctx) {
			}
		})
	}
	now := time.Now()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		u := us[i%len(us) : i%len(us)+1]
		u[0].Trade.Key, u[0].Quote.Key = uint64(i)+2, uint64(i)+2
		_ = l.Stream(u, now)
	}
	cancel()
	done.Wait()
}
