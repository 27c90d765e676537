package main

import (
	"maps"
	"slices"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/binance"
	"github.com/tickersync/tickersync/exchange/bitstamp"
	"github.com/tickersync/tickersync/exchange/bl3p"
	"github.com/tickersync/tickersync/exchange/coinbase"
	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/kraken"
)

// exchanges make the adapters, by name.
func exchanges() map[string]func(exchange.Options) exchange.Source {
	return map[string]func(exchange.Options) exchange.Source{
		"binance":  func(o exchange.Options) exchange.Source { return binance.New(&o) },
		"bitstamp": func(o exchange.Options) exchange.Source { return bitstamp.New(&o) },
		"bl3p":     func(o exchange.Options) exchange.Source { return bl3p.New(&bl3p.Options{Options: o}) },
		"coinbase": func(o exchange.Options) exchange.Source { return coinbase.New(&o) },
		"coinblockpro": func(o exchange.Options) exchange.Source {
			return coinblockpro.New(&coinblockpro.Options{Options: o})
		},
		"kraken": func(o exchange.Options) exchange.Source { return kraken.New(&o) },
	}
}

func names() []string { return slices.Sorted(maps.Keys(exchanges())) }
