package main

import (
	"fmt"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/kraken"
	"github.com/tickersync/tickersync/exchange/kraken/krakensim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// defaultBucket is that of roles which are not told another.
const defaultBucket = "tickers-" + kraken.Name

// mostMarkets is how many the simulated exchange can list.
const mostMarkets = 5000

// startExchange starts one that speaks as Kraken does: trades have order keys, quotes
// have none. No price of a market comes twice, so that each that a reader holds is of
// one moment.
func startExchange(o *options) (*simexchange.Server, error) {
	cfg := simexchange.Config{Seed: o.seed, Markets: marketNames(o.markets), Rate: o.rate, Distinct: true}
	server, err := simexchange.Start(cfg, &krakensim.Dialect{})
	if err != nil {
		return nil, fmt.Errorf("start the exchange: %w", err)
	}
	return server, nil
}

// marketNames are a few that everybody knows, and as many others as asked for.
func marketNames(n int) []ticker.Market {
	ms := []ticker.Market{"BTC-EUR", "ETH-EUR", "ETH-BTC", "SOL-EUR", "XRP-EUR", "LTC-EUR"}
	for i := len(ms); i < n; i++ {
		ms = append(ms, ticker.Market(fmt.Sprintf("C%04d-EUR", i)))
	}
	return ms[:n]
}

// source is the exchange that a collector keeps: Kraken, or what speaks like it.
func source(o *options, r *reporter) *kraken.Source {
	return kraken.New(&exchange.Options{RESTURL: o.rest, WebSocketURL: o.ws, Logger: r.logger()})
}
