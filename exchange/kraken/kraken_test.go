package kraken_test

import (
	"flag"
	"math/rand/v2"
	"testing"

	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/exchangetest"
	"github.com/tickersync/tickersync/exchange/kraken"
	"github.com/tickersync/tickersync/exchange/kraken/krakensim"
)

var (
	seeds = flag.Int("seeds", 200, "how many histories to simulate with each engine")
	seed  = flag.Uint64("seed", 1, "the first seed")
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// variant draws how the exchange speaks. The adapter has no choices.
func variant(rng *rand.Rand) exchangetest.Exchange {
	return exchangetest.Exchange{
		Dialect: &krakensim.Dialect{AnyPace: true, OldNames: rng.IntN(3) == 0, NoTimes: rng.IntN(3) == 0},
		Source:  func(o exchange.Options) exchange.Source { return kraken.New(&o) },
	}
}

func TestLaws(t *testing.T) { exchangetest.Test(t, exchangetest.Config{New: variant}) }

func TestSimulation(t *testing.T) {
	n := *seeds
	if testing.Short() {
		n = min(n, 8)
	}
	exchangetest.Simulate(t, exchangetest.Config{New: variant, Seeds: n, First: *seed})
}
