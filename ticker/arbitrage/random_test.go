package arbitrage

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

var names = []ticker.Market{"A-B", "C-B", "C-D"}

// history is a random one: Books that are told, grow old, break and lose markets,
// and after each step the pairs that pay, computed anew by brute force.
type history struct {
	*testing.T
	offers
	places []*place
	up     []bool
	unsure map[string]bool // place and market: not confirmed since an outage
	ear    *ear
	silent time.Time // when an AsOf was last moved without a word
	exact  int       // steps after which all was as it should be at once
}

// TestScanAgainstTheOracle: after any history the open signals are the pairs that
// pay, every event is true of its moment, and every life has a beginning and an end.
func TestScanAgainstTheOracle(t *testing.T) {
	r := random(t)
	exact, lives := 0, uint64(0)
	for range rounds(40) {
		synctest.Test(t, func(t *testing.T) {
			h := &history{T: t, offers: offers{Rand: r, base: 1000, scale: 1}, unsure: map[string]bool{}}
			for i := range 2 + r.IntN(3) {
				h.places = append(h.places, open(t, string(rune('a'+i)), names...))
				h.up = append(h.up, true)
			}
			h.ear = listen(t, nil, h.places...)
			for range 300 {
				h.step()
				h.compare()
			}
			h.ear.cancel()
			<-h.ear.done
			h.ear.check(t)
			require.Empty(t, h.ear.last, "what was open is closed at the end")
			exact += h.exact
			lives += h.lives()
		})
	}
	assert.Greater(t, exact, rounds(40)*100)
	assert.Greater(t, lives, uint64(rounds(40)*10))
}

func (h *history) lives() (n uint64) {
	for _, s := range h.ear.heard {
		n = max(n, s.ID)
	}
	return n
}

// step is one thing that happens.
func (h *history) step() {
	i := h.IntN(len(h.places))
	p, m := h.places[i], names[h.IntN(len(names))]
	switch n := h.IntN(100); {
	case n < 60 && h.up[i]:
		bid, ask := decimal.MustNew(980+h.Int64N(40), 1), decimal.MustNew(1000+h.Int64N(40), 1)
		if h.IntN(15) == 0 {
			bid = decimal.Zero
		}
		if h.IntN(15) == 0 {
			ask = decimal.Zero
		}
		p.quoteOf(m, bid, ask, decimal.MustNew(1+h.Int64N(2), 0))
		delete(h.unsure, p.Name()+string(m))
		h.silent = time.Now() // its other markets' AsOf moves with it
	case n < 75 && h.up[i]:
		p.heard()
		h.silent = time.Now()
	case n < 79 && h.up[i]:
		p.down()
		h.up[i] = false
		for _, m := range names {
			h.unsure[p.Name()+string(m)] = true
		}
	case n < 84 && !h.up[i]:
		p.up(names...)
		h.up[i] = true
	case n < 86 && h.up[i]:
		time.Sleep(time.Second)
		p.list(names[0])
		p.list(names[0])
		if h.IntN(2) == 0 {
			p.list(names...)
		} else {
			p.link.Carry(names) // subscribed anew, not listed yet
		}
	default:
		time.Sleep(time.Duration(h.Int64N(int64(3 * time.Second))))
	}
}

// compare the open signals with the pairs that pay. An AsOf that moved without a
// word is noticed a little later.
func (h *history) compare() {
	synctest.Wait()
	want, got := h.want(names), h.got()
	switch {
	case assert.ObjectsAreEqual(want, got):
		h.exact++
	case time.Since(h.silent) <= lookWaiting:
		time.Sleep(lookWaiting + 1)
		synctest.Wait()
		want, got = h.want(names), h.got()
	}
	require.Equal(h, want, got, "after %v", time.Since(h.ear.start))
}

func (h *history) want(ms []ticker.Market) map[string]bool {
	pairs := map[string]bool{}
	now := time.Now()
	for _, m := range ms {
		var os []Offer
		for _, p := range h.places {
			if t, ok := p.Get(m); ok && !h.unsure[p.Name()+string(m)] {
				os = append(os, Offer{Exchange: p.Name(), Ticker: t})
			}
		}
		for i := range os {
			for j := range os {
				if buy, sell := &os[i], &os[j]; oracle(buy, sell, now, time.Minute, 5*time.Second) {
					b, s := &buy.Ticker.Quote, &sell.Ticker.Quote
					pairs[fmt.Sprint(m, " ", buy.Exchange, sell.Exchange, b.Ask, b.AskSize, s.Bid, s.BidSize)] = true
				}
			}
		}
	}
	return pairs
}

func (h *history) got() map[string]bool {
	pairs := map[string]bool{}
	for _, s := range h.ear.open() {
		pairs[fmt.Sprint(s.Market, " ", s.Buy.Exchange, s.Sell.Exchange, s.Buy.Price, s.Buy.Size, s.Sell.Price, s.Sell.Size)] = true
	}
	return pairs
}
