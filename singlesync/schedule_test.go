package singlesync

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// crowd is a Book that n markets are unknown to, and their list.
func crowd(tb testing.TB, n int) (*ticker.Keeper, *ticker.Link, []exchange.Listing) {
	tb.Helper()
	var book ticker.Book
	keeper, err := book.Keep("crowd")
	require.NoError(tb, err)
	var ls []exchange.Listing
	var listed []ticker.Listed
	var names []ticker.Market
	for i := range n {
		m := ticker.Market(fmt.Sprintf("M%05d-X", (i*7919)%n))
		names = append(names, m)
		listed = append(listed, ticker.Listed{Market: m, Trading: true})
		ls = append(ls, exchange.Listing{Market: m, Trading: true})
	}
	keeper.List(listed, time.Now())
	link := book.Link(names, ticker.Feed{Trade: ticker.Told{Kind: ticker.EveryChange, REST: true}})
	return keeper, link, ls
}

// schedule asks for all of a crowd, as the backfill does but for the request, and
// returns how many turns that took.
func schedule(keeper *ticker.Keeper, link *ticker.Link, ls []exchange.Listing) (turns int) {
	q := newQueue(keeper, nil, 0)
	trading := func() []exchange.Listing { return ls }
	now := time.Now().Add(time.Second) // the link has been heard for a while
	for ; q.ready(now, false, trading); turns++ {
		m, _ := q.take(now, false, trading)
		u := ticker.Update{Ticker: ticker.Ticker{Market: m}, Groups: ticker.TradeGroup}
		link.Answer([]ticker.Update{u}, now, false)
		q.answered(m, now)
	}
	return turns
}

// BenchmarkSchedule shows that a turn costs about the same, however many markets
// wait.
func BenchmarkSchedule(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprintf("%d unknown", n), func(b *testing.B) {
			turns := 0
			for b.Loop() {
				b.StopTimer()
				keeper, link, ls := crowd(b, n)
				b.StartTimer()
				turns += schedule(keeper, link, ls)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(turns), "ns/fetch")
		})
	}
}

func TestScheduleTakesEachOnce(t *testing.T) {
	keeper, link, ls := crowd(t, 1000)
	assert.Equal(t, 1000, schedule(keeper, link, ls))
}

// The same by counting: the whole Book is looked at once, a market a few times in
// its turn.
func TestScheduleCost(t *testing.T) {
	for _, n := range []int{1_000, 10_000} {
		var names []ticker.Market
		for i := range n {
			names = append(names, ticker.Market(fmt.Sprintf("M%05d-X", i)))
		}
		s := newShelf(names...)
		q := newQueue(s, names[n-3:], 0)
		for range n {
			require.True(t, q.ready(start, false, s.trading))
			m, _ := q.take(start, false, s.trading)
			s.told(m)
			q.answered(m, start)
		}
		assert.Equal(t, 1, s.looks)
		assert.LessOrEqual(t, s.calls, 3*n)
	}
}
