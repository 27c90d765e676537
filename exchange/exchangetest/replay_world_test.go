package exchangetest_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/binance"
	"github.com/tickersync/tickersync/exchange/binance/binancesim"
	"github.com/tickersync/tickersync/exchange/bitstamp"
	"github.com/tickersync/tickersync/exchange/bitstamp/bitstampsim"
	"github.com/tickersync/tickersync/exchange/bl3p"
	"github.com/tickersync/tickersync/exchange/bl3p/bl3psim"
	"github.com/tickersync/tickersync/exchange/coinbase"
	"github.com/tickersync/tickersync/exchange/coinbase/coinbasesim"
	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/exchangetest"
	"github.com/tickersync/tickersync/exchange/kraken"
	"github.com/tickersync/tickersync/exchange/kraken/krakensim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// recordable are the adapters, and the simulated exchange of each.
func recordable() map[string]exchangetest.Exchange {
	return map[string]exchangetest.Exchange{
		"binance":      {Dialect: &binancesim.Dialect{}, Source: func(o exchange.Options) exchange.Source { return binance.New(&o) }},
		"bitstamp":     {Dialect: &bitstampsim.Dialect{}, Source: func(o exchange.Options) exchange.Source { return bitstamp.New(&o) }},
		"bl3p":         {Dialect: &bl3psim.Dialect{}, Source: func(o exchange.Options) exchange.Source { return bl3p.New(&bl3p.Options{Options: o}) }},
		"coinbase":     {Dialect: &coinbasesim.Dialect{}, Source: func(o exchange.Options) exchange.Source { return coinbase.New(&o) }},
		"coinblockpro": {Dialect: coinblockprosim.Dialect{}, Source: func(o exchange.Options) exchange.Source { return coinblockpro.New(&coinblockpro.Options{Options: o}) }},
		"kraken":       {Dialect: &krakensim.Dialect{}, Source: func(o exchange.Options) exchange.Source { return kraken.New(&o) }},
		"keyed":        {Dialect: keyed.Dialect{}, Source: func(o exchange.Options) exchange.Source { return keyed.New(keyed.Variant{}, &o) }},
	}
}

// flight is a Run that is recorded.
type flight struct {
	*testing.T
	sim  *simexchange.Server
	book ticker.Book
	rec  exchange.FlightRecorder
}

// fly runs an adapter on its exchange, recorded, and f on that. It returns the
// recordings of what went wrong.
func fly(t *testing.T, x exchangetest.Exchange, f func(w *flight)) (files [][]byte) {
	t.Helper()
	return flySo(t, course{}, x, f)
}

// course is how a flight goes, where not as ever.
type course struct {
	most int           // bytes that are kept
	age  time.Duration // of a connection
}

func flySo(t *testing.T, c course, x exchangetest.Exchange, f func(w *flight)) (files [][]byte) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg := simexchange.Config{Seed: *seed, Memory: true, Rate: 5, Lag: simexchange.UpTo(50 * time.Millisecond), Latency: simexchange.UpTo(100 * time.Millisecond)}
		sim, err := simexchange.Start(cfg, x.Dialect)
		require.NoError(t, err)
		defer sim.Close()
		w := &flight{T: t, sim: sim}
		w.rec.MaxBytes = c.most
		o := sim.Options()
		o.Budget = exchange.NewBudget(rate.Limit(1000), 1000)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			src := x.Source(o)
			if s, ok := src.(fullsync.Source); ok {
				_ = fullsync.Run(ctx, &w.book, s, &fullsync.Options{Record: &w.rec, MaxConnectionAge: c.age})
			} else {
				_ = singlesync.Run(ctx, &w.book, src.(singlesync.Source), &singlesync.Options{Record: &w.rec, MaxConnectionAge: c.age})
			}
		})
		wg.Go(func() {
			for rec := range w.rec.Failures(ctx) {
				files = append(files, write(t, rec))
			}
		})
		require.NoError(t, w.book.WaitSynced(ctx))
		f(w)
		cancel()
		wg.Wait()
	})
	return files
}

func write(t *testing.T, rec *exchange.Recording) []byte {
	t.Helper()
	var file bytes.Buffer
	n, err := rec.WriteTo(&file)
	require.NoError(t, err)
	require.EqualValues(t, file.Len(), n)
	return file.Bytes()
}

// replay plays a recording on the adapter.
func replay(t *testing.T, x exchangetest.Exchange, file []byte) *exchangetest.Replayed {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.jsonl")
	require.NoError(t, os.WriteFile(path, file, 0o600))
	return exchangetest.Replay(t, path, x.Source)
}
