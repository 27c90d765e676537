package bl3p_test

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/bl3p"
	"github.com/tickersync/tickersync/exchange/bl3p/bl3psim"
	"github.com/tickersync/tickersync/exchange/exchangetest"
	"github.com/tickersync/tickersync/ticker"
)

var (
	seeds = flag.Int("seeds", 200, "how many histories to simulate")
	seed  = flag.Uint64("seed", 1, "the first seed")
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func both() []ticker.Market { return []ticker.Market{"BTC-EUR", "LTC-EUR"} }

func simulated(rng *rand.Rand) exchangetest.Exchange {
	d := &bl3psim.Dialect{OK: rng.IntN(2) == 0}
	if rng.IntN(2) == 0 {
		d.Begin = time.Second
	}
	return exchangetest.Exchange{
		Dialect: d,
		Source: func(o exchange.Options) exchange.Source {
			return bl3p.New(&bl3p.Options{Options: o, Markets: both()})
		},
	}
}

func TestLaws(t *testing.T) { exchangetest.Test(t, exchangetest.Config{New: simulated, First: *seed}) }

func TestSimulation(t *testing.T) {
	n := *seeds
	if testing.Short() {
		n = min(n, 8)
	}
	exchangetest.Simulate(t, exchangetest.Config{New: simulated, Seeds: n, First: *seed})
}
