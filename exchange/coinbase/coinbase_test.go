package coinbase_test

import (
	"flag"
	"math/rand/v2"
	"testing"

	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/coinbase"
	"github.com/tickersync/tickersync/exchange/coinbase/coinbasesim"
	"github.com/tickersync/tickersync/exchange/exchangetest"
)

var (
	seeds = flag.Int("seeds", 200, "how many histories TestSimulation plays")
	seed  = flag.Uint64("seed", 0, "the one history that TestSimulation plays, and logs")
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func config() exchangetest.Config {
	return exchangetest.Config{New: func(rng *rand.Rand) exchangetest.Exchange {
		return exchangetest.Exchange{
			Dialect: &coinbasesim.Dialect{
				AllOrNothing: rng.IntN(2) == 0, NoLastTrade: rng.IntN(4) == 0, Gone: []int{400, 404}[rng.IntN(2)],
			},
			Source: func(o exchange.Options) exchange.Source { return coinbase.New(&o) },
		}
	}}
}

func TestLaws(t *testing.T) { exchangetest.Test(t, config()) }

func TestSimulation(t *testing.T) {
	c := config()
	c.Seeds = *seeds
	if testing.Short() {
		c.Seeds = min(c.Seeds, 8)
	}
	if *seed > 0 {
		c.First, c.Seeds = *seed, 1
	}
	exchangetest.Simulate(t, c)
}
