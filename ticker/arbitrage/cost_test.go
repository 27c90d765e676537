package arbitrage

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"

	"github.com/tickersync/tickersync/ticker"
)

const (
	exchanges = 8
	listed    = 500
)

// floor is a scanner over 8 exchanges of 500 markets whose prices do not cross.
type floor struct {
	*rand.Rand
	*scanner
	links   []*ticker.Link
	markets []ticker.Market
	update  [1]ticker.Update
}

func newFloor() *floor {
	f := &floor{Rand: rand.New(rand.NewPCG(1, 2))}
	for i := range listed {
		f.markets = append(f.markets, ticker.Market(fmt.Sprintf("COIN%03d-USD", i)))
	}
	var legs []Leg
	for i := range exchanges {
		b := new(ticker.Book)
		if _, err := b.Keep(fmt.Sprintf("exchange%d", i)); err != nil {
			panic(err)
		}
		f.links = append(f.links, b.Link(f.markets, follows))
		legs = append(legs, Leg{b, TalkFee})
	}
	f.scanner = newScanner(legs, nil)
	for i := range exchanges {
		for j := range listed {
			f.tell(i, j)
			f.scanner.update(f.legs[i], f.markets[j], time.Now())
		}
	}
	return f
}

// tell writes a new quote, within a thousandth of 7533, to a Book.
func (f *floor) tell(leg, market int) {
	u := &f.update[0]
	u.Market, u.Groups = f.markets[market], ticker.QuoteGroup
	bid := 7_529_000 + f.Int64N(3000)
	u.Quote.Bid, u.Quote.Ask = decimal.MustNew(bid, 3), decimal.MustNew(bid+100+f.Int64N(3000), 3)
	u.Quote.BidSize, u.Quote.AskSize = decimal.MustNew(f.Int64N(10000), 4), decimal.MustNew(f.Int64N(10000), 4)
	if err := f.links[leg].Stream(f.update[:], time.Now()); err != nil {
		panic(err)
	}
}

func TestUpdateAllocsNothing(t *testing.T) {
	f := newFloor()
	assert.Zero(t, testing.AllocsPerRun(2000, func() {
		leg, market := f.IntN(exchanges), f.IntN(listed)
		f.tell(leg, market)
		f.scanner.update(f.legs[leg], f.markets[market], time.Now())
	}))
	assert.Empty(t, f.agenda, "nothing opens")
}

// Nor where prices cross, but are not of one time.
func TestWaitingAllocsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFloor()
		time.Sleep(10 * time.Minute)
		u := &f.update[0]
		price := int64(8_000_000)
		assert.Zero(t, testing.AllocsPerRun(2000, func() {
			price = 15_531_000 - price // crosses, or crosses no more
			u.Market, u.Quote.Bid, u.Quote.Ask = f.markets[7], decimal.MustNew(price, 3), decimal.MustNew(price+1, 3)
			_ = f.links[3].Stream(f.update[:], time.Now())
			f.scanner.update(f.legs[3], f.markets[7], time.Now())
		}))
		assert.NotEmpty(t, f.spare)
		assert.Zero(t, f.lives)
	})
}

func TestFindAllocsNothing(t *testing.T) {
	os := quiet()
	now := time.Now()
	assert.Zero(t, testing.AllocsPerRun(100, func() { Find(os, now, nil) }))
}

// quiet are offers of 8 exchanges of which no pair pays.
func quiet() []Offer {
	var os []Offer
	for i := range exchanges {
		bid := decimal.MustNew(7_529_000+int64(i*300), 3)
		o := offered(fmt.Sprint(i), bid.String(), "7533.1", "0.0025", time.Now())
		os = append(os, o)
	}
	return os
}

func BenchmarkFind(b *testing.B) {
	os := quiet()
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		if Find(os, now, nil) != nil {
			b.Fatal("found")
		}
	}
}

// BenchmarkUpdate is what Scan does with one update, 8 exchanges of 500 markets:
// reading the Book, the comparison with the seven other legs, the bookkeeping. It
// does not count the update of the Book itself.
func BenchmarkUpdate(b *testing.B) {
	f := newFloor()
	took := make([]time.Duration, 0, 1<<20)
	b.ReportAllocs()
	for b.Loop() {
		leg, market := f.IntN(exchanges), f.IntN(listed)
		f.tell(leg, market)
		began := time.Now()
		f.scanner.update(f.legs[leg], f.markets[market], began)
		if len(took) < cap(took) {
			took = append(took, time.Since(began))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "median-ns/update")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns/update")
}
