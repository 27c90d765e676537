package natstest_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/natskv"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/internal/natstest"
	"github.com/tickersync/tickersync/ticker"
)

// part is an exchange of which only some markets are kept.
type part struct {
	*keyed.Source
	prefix string
}

func (p part) Markets(ctx context.Context) ([]exchange.Listing, error) {
	ls, err := p.Source.Markets(ctx)
	return slices.DeleteFunc(ls, func(l exchange.Listing) bool { return !strings.HasPrefix(string(l.Market), p.prefix) }), err
}

// An exchange that is too much for one bucket is kept in several, by the market's name.
func TestShards(t *testing.T) {
	natstest.Bubble(t, func(t *testing.T) {
		server := natstest.Serve(t, natstest.InMemory)
		sim := keyed.NewServer(keyed.Variant{}, simexchange.Config{Seed: 1, Memory: true, Rate: 20})
		t.Cleanup(sim.Close)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		t.Cleanup(func() { cancel(); wg.Wait() })
		far := map[string]*ticker.Book{"BTC-": {}, "ETH-": {}}
		for prefix, book := range far {
			near, bucket, o := new(ticker.Book), "tickers-"+prefix+"x", sim.Options()
			wg.Go(func() { _ = fullsync.Run(ctx, near, part{keyed.New(keyed.Variant{}, &o), prefix}, nil) })
			publisher, reader := memory(t, server), memory(t, server)
			wg.Go(func() { _ = natskv.Publish(ctx, near, publisher, &natskv.Options{Bucket: bucket}) })
			wg.Go(func() { _ = fullsync.Run(ctx, book, natskv.NewSource(reader, bucket, nil), nil) })
		}
		for prefix, book := range far {
			require.NoError(t, book.WaitSynced(ctx))
			comes(t, func() bool { return book.Status().State == ticker.Live }, prefix)
			want := 0
			for _, m := range sim.Markets() {
				_, has := book.Get(m.Market)
				assert.Equal(t, strings.HasPrefix(string(m.Market), prefix), has, m.Market)
				if has {
					want++
				}
			}
			assert.Equal(t, want, book.Status().Total)
		}
	})
}
