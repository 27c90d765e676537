package main

import (
	"context"
	"math"
	"math/rand/v2"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/binance/binancesim"
	"github.com/tickersync/tickersync/exchange/bitstamp/bitstampsim"
	"github.com/tickersync/tickersync/exchange/coinbase/coinbasesim"
	"github.com/tickersync/tickersync/exchange/kraken/krakensim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// simulation is exchanges that list the same markets. Their prices follow one
// another, but each has moods of its own, so that they cross now and then.
type simulation struct {
	rng     *rand.Rand
	names   []string
	servers map[string]*simexchange.Server
	markets []stock
	moody   float64 // by how much an exchange's mood changes with a quote, as a share
}

// stock is one market of the simulation. Its figures are made up, and floats: what
// an exchange then quotes is rounded to an exact decimal first.
type stock struct {
	name  ticker.Market
	price float64            // what it is worth; the exchanges' prices are beside it
	moods map[string]float64 // by how much, as a share
	scale int                // decimals of its prices
	size  float64            // of a typical offer
}

// newSimulation starts the exchanges, on free ports of the loopback or in memory.
func newSimulation(seed uint64, memory bool, names []string) *simulation {
	s := &simulation{rng: rand.New(rand.NewPCG(seed, 4)), names: names, moody: 0.0006, servers: map[string]*simexchange.Server{}, markets: []stock{
		{name: "BTC-EUR", price: 81_250, scale: 1, size: 0.4},
		{name: "ETH-EUR", price: 2_710, scale: 2, size: 6},
		{name: "ETH-BTC", price: 0.03335, scale: 6, size: 6},
		{name: "LTC-EUR", price: 88.4, scale: 2, size: 150},
		{name: "DOGE-EUR", price: 0.1462, scale: 5, size: 90_000},
	}}
	cfg := simexchange.Config{Seed: seed, Memory: memory, Lag: simexchange.UpTo(20 * time.Millisecond)}
	for i := range s.markets {
		m := &s.markets[i]
		m.moods = map[string]float64{}
		cfg.Markets = append(cfg.Markets, m.name)
	}
	for _, name := range names {
		s.servers[name] = server(name, cfg)
		for i := range s.markets {
			s.quote(&s.markets[i], name)
		}
	}
	return s
}

// server starts one exchange.
func server(name string, cfg simexchange.Config) *simexchange.Server {
	switch name {
	case "binance":
		return binancesim.NewServer(cfg)
	case "bitstamp":
		return bitstampsim.NewServer(cfg)
	case "coinbase":
		return coinbasesim.NewServer(cfg)
	case "kraken":
		return krakensim.NewServer(cfg)
	}
	panic("no simulated " + name)
}

// source makes the adapter of an exchange as for the real one, with the simulated
// one's address.
func (s *simulation) source(name string, o exchange.Options) exchange.Source {
	own := s.servers[name].Options()
	own.Logger = o.Logger
	return source(name, own)
}

// run moves the prices until ctx ends, and then closes the exchanges.
func (s *simulation) run(ctx context.Context) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
			s.quote(&s.markets[s.rng.IntN(len(s.markets))], s.names[s.rng.IntN(len(s.names))])
		}
	}
	for _, server := range s.servers {
		server.Close()
	}
}

// quote has one exchange tell a new quote of a market, and a trade: on Coinbase
// quotes ride on trades.
func (s *simulation) quote(m *stock, name string) {
	m.price *= math.Exp(0.0003 * s.rng.NormFloat64())
	m.moods[name] = 0.98*m.moods[name] + s.moody*s.rng.NormFloat64()
	mid := m.price * (1 + m.moods[name])
	half := mid * 0.0001 * (1 + s.rng.Float64())
	number := func(f float64, scale int) decimal.Decimal {
		return decimal.MustNew(max(int64(f*math.Pow10(scale)), 1), scale).Trim(0)
	}
	u := ticker.Update{Ticker: ticker.Ticker{Market: m.name}, Groups: ticker.QuoteGroup | ticker.TradeGroup}
	u.Quote.Bid, u.Quote.Ask = number(mid-half, m.scale), number(mid+half+math.Pow10(-m.scale), m.scale)
	u.Quote.BidSize, u.Quote.AskSize = number(m.size*s.rng.ExpFloat64(), 4), number(m.size*s.rng.ExpFloat64(), 4)
	u.Trade.Price, u.Trade.Size = u.Quote.Bid, u.Quote.BidSize
	s.servers[name].Set(u)
}
