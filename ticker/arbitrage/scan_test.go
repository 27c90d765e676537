package arbitrage

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

func TestLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := open(t, "a"), open(t, "b")
		a.quote("99", "100")
		e := listen(t, nil, a, b)
		assert.Empty(t, e.said())
		b.quote("101", "102")
		assert.Equal(t, "opened a>b 1 sell", e.said())
		e.at(1)
		a.quote("98", "99")
		assert.Equal(t, "moved a>b 2 buy", e.said())
		a.quote("97", "99")
		assert.Empty(t, e.said(), "the bid of the leg to buy on is no part of it")
		e.at(2)
		b.quote("100", "102")
		moved := e.signals()[0]
		assert.Equal(t, "1", moved.Net.String())
		assert.Equal(t, "2", moved.Best.String(), "the best so far")
		assert.Equal(t, e.moment(1), moved.BestAt)
		assert.Equal(t, e.moment(0), moved.Opened)
		assert.Equal(t, e.moment(2), moved.At)
		assert.Equal(t, time.Second, moved.Buy.Age)
		assert.Equal(t, time.Duration(0), moved.Sell.Age)
		b.quote("99", "102")
		closed := e.signals()[0]
		assert.Equal(t, Gone, closed.Reason)
		assert.Equal(t, SellLeg, closed.Moved)
		assert.Equal(t, "0", closed.Net.String())
		assert.Equal(t, "2", closed.Best.String())
		assert.Equal(t, uint64(1), closed.ID)
		assert.Equal(t, ticker.Market("A-B"), closed.Market)
		b.quote("96", "96.5")
		again := e.signals()[0]
		assert.Equal(t, uint64(2), again.ID, "a life of its own, in the other direction")
		assert.Equal(t, "b", again.Buy.Exchange)
	})
}

// What is known when a scan begins counts, in whatever order it is read.
func TestScanBeginsWithWhatIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, c := open(t, "a"), open(t, "b"), open(t, "c")
		a.quote("99", "100")
		b.quote("101", "102")
		c.quote("98", "103")
		e := listen(t, nil, a, b, c)
		require.Len(t, e.open(), 1)
	})
}

func TestFees(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := open(t, "a"), open(t, "b")
		defer a.keeper.End(nil)
		defer b.keeper.End(nil)
		a.quote("99", "100")
		b.quote("100.51", "102")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var heard []Signal
		go func() {
			for s := range Scan(ctx, []Leg{{&a.Book, TalkFee}, {&b.Book, dec("0.0025")}}, nil) {
				heard = append(heard, s)
			}
		}()
		synctest.Wait()
		require.Len(t, heard, 1)
		assert.Equal(t, "0.51", heard[0].Spread.String())
		assert.Equal(t, "0.008725", heard[0].Net.String())
		b.quote("100.50", "102")
		synctest.Wait()
		require.Len(t, heard, 2)
		assert.Equal(t, Gone, heard[1].Reason)
		assert.Equal(t, "-0.00125", heard[1].Net.String())
	})
}

func TestClosings(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(b *place)
		want string
	}{
		{"no bid", func(b *place) { b.quote("0", "102") }, "closed a>b 0 sell no bid"},
		{"no ask", func(b *place) { b.quote("101", "0") }, "closed a>b 1 sell no ask"},
		{"down", func(b *place) { b.down() }, "closed a>b 1 sell down"},
		{"ended", func(b *place) { b.keeper.End(nil) }, "closed a>b 1 sell ended"},
		{"removed", func(b *place) {
			time.Sleep(time.Second)
			b.list()
			b.list()
		}, "closed a>b 1 sell removed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := open(t, "a"), open(t, "b")
				a.quote("99", "100")
				b.quote("101", "102")
				e := listen(t, nil, a, b)
				e.signals()
				c.do(b)
				assert.Equal(t, c.want, e.said())
				time.Sleep(2 * time.Second)
				assert.Empty(t, e.said())
			})
		})
	}
}

// A quote from before an outage does not count until it is told or answered anew.
func TestDownAndUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := open(t, "a"), open(t, "b")
		a.quote("99", "100")
		b.quote("101", "102")
		e := listen(t, nil, a, b)
		e.signals()
		b.down()
		assert.Equal(t, "closed a>b 1 sell down", e.said())
		a.quote("98", "100")
		b.up("A-B")
		a.quote("99", "99.5")
		time.Sleep(time.Second)
		assert.Empty(t, e.said())
		u := ticker.Update{Groups: ticker.QuoteGroup, Ticker: ticker.Ticker{Market: "A-B"}}
		u.Quote.Bid, u.Quote.Ask, u.Quote.BidSize, u.Quote.AskSize = dec("101"), dec("102"), decimal.One, decimal.One
		b.link.Answer([]ticker.Update{u}, time.Now(), false) // the same as before: nothing is told to watchers
		time.Sleep(time.Second)
		assert.Equal(t, "opened a>b 1.5 none", e.said())
	})
}

func TestRemovedAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := open(t, "a"), open(t, "b")
		a.quote("99", "100")
		b.quote("101", "102")
		e := listen(t, nil, a, b)
		time.Sleep(time.Second)
		b.list()
		b.list()
		e.signals()
		b.list("A-B")
		b.quote("103", "104")
		a.heard()
		time.Sleep(time.Second)
		assert.Equal(t, "opened a>b 3 sell", e.said())
	})
}

func TestMatching(t *testing.T) {
	run := func(t *testing.T, opts *Options, ms ...ticker.Market) (said []string) {
		synctest.Test(t, func(t *testing.T) {
			a := open(t, "a", ms...)
			b := open(t, "b", ms...)
			for i, m := range ms {
				a.quoteOf(m, dec("99"), dec("100"), decimal.One)
				b.quoteOf(m, decimal.MustNew(int64(101+i), 0), decimal.MustNew(200, 0), decimal.One)
			}
			e := listen(t, opts, a, b)
			for _, s := range e.open() {
				said = append(said, string(s.Market+" "+s.Buy.Market+" "+s.Sell.Market)+" "+s.Net.String())
			}
		})
		return said
	}
	assert.ElementsMatch(t, []string{"BTC-USD BTC-USD BTC-USD 1", "BTC-USDT BTC-USDT BTC-USDT 2"}, run(t, nil, "BTC-USD", "BTC-USDT"))
	same := &Options{SameQuote: [][]string{{"USD", "USDT"}, {"EUR", "EURT"}}, Exclude: []string{"LUNA"}}
	assert.ElementsMatch(t, []string{
		"BTC-USD BTC-USD BTC-USD 1", "BTC-USD BTC-USD BTC-USDT 2", "BTC-USD BTC-USDT BTC-USD 1", "BTC-USD BTC-USDT BTC-USDT 2",
	}, run(t, same, "BTC-USD", "BTC-USDT"))
	assert.ElementsMatch(t, []string{"BTC-EUR BTC-EURT BTC-EURT 1"}, run(t, same, "BTC-EURT", "LUNA-USD", "ETH-LUNA"))
}

// Two Books of one name are one exchange, and one Book makes no pair with itself.
func TestOneExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := open(t, "a"), open(t, "a")
		a.quote("99", "100")
		b.quote("101", "102")
		e := listen(t, nil, a, b, a)
		assert.Empty(t, e.said())
	})
}

func TestNames(t *testing.T) {
	assert.Equal(t, "opened moved closed none unknown", Opened.String()+" "+Moved.String()+" "+Closed.String()+" "+Event(0).String()+" "+Event(9).String())
	assert.Equal(t, "none buy sell both unknown", Legs(0).String()+" "+BuyLeg.String()+" "+SellLeg.String()+" "+(BuyLeg|SellLeg).String()+" "+Legs(9).String())
}
