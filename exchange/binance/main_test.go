package binance_test

import (
	"flag"
	"math/rand/v2"
	"testing"

	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/binance"
	"github.com/tickersync/tickersync/exchange/binance/binancesim"
	"github.com/tickersync/tickersync/exchange/exchangetest"
)

var (
	seeds = flag.Int("seeds", 200, "how many histories to simulate")
	seed  = flag.Uint64("seed", 1, "the first seed")
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func simulated(*rand.Rand) exchangetest.Exchange {
	return exchangetest.Exchange{
		Dialect: &binancesim.Dialect{},
		Source:  func(o exchange.Options) exchange.Source { return binance.New(&o) },
	}
}

func TestLaws(t *testing.T) {
	exchangetest.Test(t, exchangetest.Config{New: simulated})
}

func TestSimulation(t *testing.T) {
	n := *seeds
	if testing.Short() {
		n = min(n, 8)
	}
	exchangetest.Simulate(t, exchangetest.Config{New: simulated, Seeds: n, First: *seed})
}
