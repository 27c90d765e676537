package engine_test

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// source is an adapter for either engine.
type source interface {
	exchange.Source
	exchange.Snapshotter
	exchange.Fetcher
}

// sync is one of the two engines.
type sync struct {
	name string
	path string // what its requests for tickers have in common at the notebook's exchange
	run  func(context.Context, *ticker.Book, source, settings) error
}

type settings = fullsync.Options

// both are tried alike: what they share has to hold for either.
var both = []sync{
	{"fullsync", "/full_ticker", func(ctx context.Context, b *ticker.Book, s source, o settings) error {
		o.Audit = audited(o.Audit)
		return fullsync.Run(ctx, b, s, &o)
	}},
	{"singlesync", "/single_ticker", func(ctx context.Context, b *ticker.Book, s source, o settings) error {
		return singlesync.Run(ctx, b, s, &singlesync.Options{
			Relist: o.Relist, MaxMarkets: o.MaxMarkets, Idle: o.Idle, MaxConnectionAge: o.MaxConnectionAge, ConnectTimeout: o.ConnectTimeout, Logger: o.Logger,
			Audit: audited(o.Audit),
		})
	}},
}

// audited turns the audit off where a test does not ask for it: most count requests.
func audited(share float64) float64 {
	if share == 0 {
		return -1
	}
	return share
}
