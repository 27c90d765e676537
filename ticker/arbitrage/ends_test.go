package arbitrage

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

func TestEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, e := crossing(t, nil)
		e.cancel()
		<-e.done
		assert.Equal(t, "closed", e.heard[0].Event.String())
		assert.Equal(t, Ended, e.heard[0].Reason)
		assert.Len(t, e.heard, 1)
	})
}

func TestEndsWithTheBooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, e := crossing(t, nil)
		a.keeper.End(nil)
		assert.Equal(t, "closed a>b 1 buy ended", e.said())
		b.quote("105", "106")
		assert.Empty(t, e.said())
		b.keeper.End(nil)
		<-e.done
		assert.Empty(t, e.heard)
	})
}

func TestEndsWithTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := open(t, "a"), open(t, "b")
		defer a.keeper.End(nil)
		defer b.keeper.End(nil)
		a.quote("99", "100")
		b.quote("101", "102")
		scan := Scan(t.Context(), []Leg{{Book: &a.Book}, {Book: &b.Book}}, nil)
		for range 3 {
			n := 0
			for s := range scan {
				n++
				assert.Equal(t, uint64(1), s.ID, "each iteration scans anew")
				break
			}
			assert.Equal(t, 1, n)
		}
	})
}

func TestEndsWithoutLegs(t *testing.T) {
	for range Scan(t.Context(), nil, nil) {
		t.Fatal("nothing to tell")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range Scan(ctx, []Leg{{Book: new(ticker.Book)}}, nil) {
		t.Fatal("nothing to tell")
	}
}

func TestScanPanics(t *testing.T) {
	assert.PanicsWithValue(t, "arbitrage: leg without a book", func() { Scan(t.Context(), []Leg{{}}, nil) })
	assert.PanicsWithValue(t, "arbitrage: fee is not between -1 and 1: 25", func() {
		Scan(t.Context(), []Leg{{new(ticker.Book), dec("25")}}, nil)
	})
}

// A slow caller misses moves, but neither an opening nor a closing.
func TestSlowCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, e := crossing(t, nil)
		e.hold = make(chan struct{})
		b.quote("102", "110") // it takes this move, and is stuck with it
		synctest.Wait()
		for i := range 1000 {
			b.quote(fmt.Sprint(103+i%3), "110")
			a.quote("1", fmt.Sprint(90+i%5))
			synctest.Wait()
		}
		b.quote("1", "110") // gone
		synctest.Wait()
		for i := range 10 {
			b.quote(fmt.Sprint(120+i), "130")
			synctest.Wait()
		}
		b.quote("1", "110")
		synctest.Wait()
		close(e.hold)
		said := e.signals()
		require.Len(t, said, 6)
		events := ""
		for _, s := range said {
			events += fmt.Sprint(s.ID, s.Event, " ")
		}
		assert.Equal(t, "1 moved 1 moved 1 closed 2 opened 2 moved 2 closed ", events)
		assert.Equal(t, BuyLeg|SellLeg, said[1].Moved, "all that moved since the last that was taken")
		assert.Equal(t, "15", said[1].Best.String(), "the best is not lost with the moves")
		assert.Equal(t, "94", said[1].Buy.Price.String(), "the newest")
	})
}

// When a caller takes nothing, what waits for it has a bound, and each opening
// still has its closing.
func TestStuckCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, b, e := crossing(t, nil)
		e.hold = make(chan struct{})
		b.quote("102", "110")
		for range backlog {
			b.quote("1", "110")
			synctest.Wait()
			b.quote("102", "110")
			synctest.Wait()
		}
		b.quote("1", "110")
		close(e.hold)
		said := e.signals()
		assert.InDelta(t, backlog, len(said), 5)
		open := map[uint64]bool{1: true}
		for _, s := range said {
			switch s.Event {
			case Opened:
				assert.False(t, open[s.ID])
				open[s.ID] = true
			case Closed:
				assert.True(t, open[s.ID])
				delete(open, s.ID)
			default:
			}
		}
		assert.Empty(t, open)
		b.quote("103", "110")
		assert.Equal(t, "opened a>b 3 sell", e.said(), "and it goes on")
	})
}
