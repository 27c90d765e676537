package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/binance"
	"github.com/tickersync/tickersync/exchange/bitstamp"
	"github.com/tickersync/tickersync/exchange/coinbase"
	"github.com/tickersync/tickersync/exchange/kraken"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// known are the exchanges that tell bids and asks.
func known() []string { return []string{"binance", "bitstamp", "coinbase", "kraken"} }

// source makes the adapter of a known exchange.
func source(name string, o exchange.Options) exchange.Source {
	switch name {
	case "binance":
		return binance.New(&o)
	case "bitstamp":
		return bitstamp.New(&o)
	case "coinbase":
		return coinbase.New(&o)
	case "kraken":
		return kraken.New(&o)
	}
	panic("no exchange " + name)
}

// keep keeps the Book true, with the sync that suits the exchange.
func keep(ctx context.Context, book *ticker.Book, src exchange.Source, log *slog.Logger) error {
	switch src := src.(type) {
	case fullsync.Source:
		return fullsync.Run(ctx, book, src, &fullsync.Options{Logger: log})
	case singlesync.Source:
		return singlesync.Run(ctx, book, src, &singlesync.Options{Refresh: time.Minute, Logger: log})
	}
	return fmt.Errorf("%s has neither a snapshot nor single requests", src.Name())
}
