package exchangetest_test

import (
	"flag"
	"math/rand/v2"
	"runtime/debug"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/exchangetest"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/ticker"
)

var (
	seeds = flag.Int("seeds", 1000, "how many histories to simulate with each engine")
	seed  = flag.Uint64("seed", 1, "the first seed")
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // thousands of short histories, none of which is large
	goleak.VerifyTestMain(m)
}

func config(t *testing.T, x func(*rand.Rand) exchangetest.Exchange) exchangetest.Config {
	t.Helper()
	n := *seeds
	if testing.Short() {
		n = min(n, 20)
	}
	return exchangetest.Config{New: x, Seeds: n, First: *seed}
}

func notebook(rng *rand.Rand) exchangetest.Exchange {
	json := rng.IntN(2) == 0
	return exchangetest.Exchange{
		Dialect: coinblockprosim.Dialect{JSON: json},
		Source: func(o exchange.Options) exchange.Source {
			return coinblockpro.New(&coinblockpro.Options{Options: o, ReadList: true})
		},
	}
}

func variant(rng *rand.Rand, keyless bool) keyed.Variant {
	v := keyed.Variant{Keyless: keyless, Initial: rng.IntN(2) == 0}
	switch rng.IntN(3) {
	case 0:
		v.Quote = ticker.Told{Kind: ticker.Throttled, Delay: time.Duration(1+rng.IntN(1000)) * time.Millisecond}
	case 1:
		v.Quote = ticker.Told{Kind: ticker.OnTrade}
		// Without keys nobody can tell that a first ticker is older than an answer.
		v.Initial = v.Initial && !keyless
	}
	if rng.IntN(3) == 0 {
		v.CacheAge = time.Duration(1+rng.IntN(5000)) * time.Millisecond
	}
	return v
}

func ofVariant(keyless bool) func(*rand.Rand) exchangetest.Exchange {
	return func(rng *rand.Rand) exchangetest.Exchange {
		v := variant(rng, keyless)
		return exchangetest.Exchange{
			Dialect: keyed.Dialect{Variant: v},
			Source:  func(o exchange.Options) exchange.Source { return keyed.New(v, &o) },
		}
	}
}

func TestSimulationNotebook(t *testing.T) { exchangetest.Simulate(t, config(t, notebook)) }

func TestSimulationKeyed(t *testing.T) { exchangetest.Simulate(t, config(t, ofVariant(false))) }

func TestSimulationKeyless(t *testing.T) { exchangetest.Simulate(t, config(t, ofVariant(true))) }
