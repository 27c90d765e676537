package arbitrage

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange/binance"
	"github.com/tickersync/tickersync/exchange/binance/binancesim"
	"github.com/tickersync/tickersync/exchange/bitstamp"
	"github.com/tickersync/tickersync/exchange/bitstamp/bitstampsim"
	"github.com/tickersync/tickersync/exchange/kraken"
	"github.com/tickersync/tickersync/exchange/kraken/krakensim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/ticker"
)

// bourse is three simulated exchanges whose Books are kept as in a program.
type bourse struct {
	*history
	servers []*simexchange.Server
	ms      []ticker.Market
}

func openBourse(t *testing.T, h *history, seed uint64) (b *bourse, stop func()) {
	t.Helper()
	b = &bourse{history: h, ms: []ticker.Market{"BTC-EUR", "ETH-EUR", "ETH-BTC"}}
	cfg := simexchange.Config{Seed: seed, Memory: true, Markets: b.ms, Lag: simexchange.UpTo(100 * time.Millisecond)}
	b.servers = []*simexchange.Server{krakensim.NewServer(cfg), binancesim.NewServer(cfg), bitstampsim.NewServer(cfg)}
	var sources []fullsync.Source
	for i, s := range b.servers {
		o := s.Options()
		sources = append(sources, [...]func() fullsync.Source{
			func() fullsync.Source { return kraken.New(&o) },
			func() fullsync.Source { return binance.New(&o) },
			func() fullsync.Source { return bitstamp.New(&o) },
		}[i]())
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, len(sources))
	for _, src := range sources {
		p := &place{T: t}
		h.places = append(h.places, p)
		go func() { done <- fullsync.Run(ctx, &p.Book, src, nil) }()
	}
	for _, p := range h.places {
		require.NoError(t, p.WaitSynced(ctx))
	}
	return b, func() {
		cancel()
		for range sources {
			require.ErrorIs(t, <-done, context.Canceled)
		}
		for _, s := range b.servers {
			s.Close()
		}
	}
}

// step changes prices, or breaks something, and lets time pass.
func (b *bourse) step() {
	s := b.servers[b.IntN(len(b.servers))]
	m := b.ms[b.IntN(len(b.ms))]
	switch n := b.IntN(100); {
	case n < 3:
		s.Drop()
	case n < 5:
		s.Mute(true)
	case n < 7:
		s.Refuse(true, true)
		s.Drop()
	case n < 15:
		s.Refuse(false, false)
		s.Unmute()
	case n < 90:
		bid, ask := decimal.MustNew(9800+b.Int64N(400), 2), decimal.MustNew(10000+b.Int64N(400), 2)
		u := ticker.Update{Groups: ticker.QuoteGroup, Ticker: ticker.Ticker{Market: m}}
		u.Quote.Bid, u.Quote.Ask, u.Quote.BidSize, u.Quote.AskSize = bid, ask, decimal.One, decimal.Two
		s.Set(u)
	}
	time.Sleep(time.Duration(b.Int64N(int64(2 * time.Second))))
}

// settle waits until what is open is what pays. AsOf moves all the time, so that
// the two may differ for as long as that takes to be seen.
func (b *bourse) settle() {
	var want, got map[string]bool
	for range 20 {
		synctest.Wait()
		b.doubt()
		if want, got = b.want(b.ms), b.got(); assert.ObjectsAreEqual(want, got) {
			return
		}
		time.Sleep(lookOpen + 1)
	}
	require.Equal(b, want, got, "after %v", time.Since(b.ear.start))
}

// doubt finds the quotes that are from before an outage.
func (b *bourse) doubt() {
	clear(b.unsure)
	for _, p := range b.places {
		for _, m := range b.ms {
			_, err := p.Book.Quote(m, -1)
			b.unsure[p.Name()+string(m)] = errors.Is(err, ticker.ErrDown) || errors.Is(err, ticker.ErrUnconfirmed)
		}
	}
}

// TestScanOnSimulatedExchanges: as above, but the Books are kept by fullsync on
// exchanges that break.
func TestScanOnSimulatedExchanges(t *testing.T) {
	r := random(t)
	lives := uint64(0)
	reasons := map[Reason]int{}
	for range rounds(20) {
		synctest.Test(t, func(t *testing.T) {
			h := &history{T: t, offers: offers{Rand: r}, unsure: map[string]bool{}}
			b, stop := openBourse(t, h, r.Uint64())
			defer stop()
			h.ear = listen(t, nil, h.places...)
			for range 100 {
				b.step()
				b.settle()
			}
			h.ear.cancel()
			<-h.ear.done
			h.ear.check(t)
			lives += h.lives()
			for _, s := range h.ear.heard {
				if s.Event == Closed {
					reasons[s.Reason]++
				}
			}
		})
	}
	t.Log(lives, "lives, closed for: ", fmt.Sprint(reasons))
	assert.Greater(t, lives, uint64(10))
	assert.Positive(t, reasons[Gone])
	assert.Positive(t, reasons[Stale]+reasons[Down])
}
