package natstest_test

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/exchangetest"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/internal/natstest"
	"github.com/tickersync/tickersync/ticker"
)

var (
	seeds = flag.Int("seeds", 8, "how many histories to simulate with each engine")
	seed  = flag.Uint64("seed", 1, "the first seed")
)

// relayLate is by how much more an AsOf may be old at the far end of NATS while nothing
// is wrong: a heartbeat tells all that was heard in the quarter of a second before it.
// What is put takes no time here, and is read before the next heartbeat.
const relayLate = 250 * time.Millisecond

// simulate looks at every invariant of exchangetest at the far end of NATS, with the
// faults of the exchange and those of a fleet.
//
// A real nats-server runs on the clock of the history's synctest bubble, see
// natstest.Bubble, so that minutes of faults take a fraction of a second. The server
// has goroutines of its own, whose order no seed decides: a seed that fails nearly
// always fails again, but need not.
func simulate(t *testing.T, x func(*rand.Rand) exchangetest.Exchange) {
	t.Helper()
	defer natstest.Outside()()
	n := *seeds
	if testing.Short() {
		n = min(n, 2)
	}
	exchangetest.Simulate(t, exchangetest.Config{
		New: x, Seeds: n, First: *seed, Relay: &exchangetest.Relay{Run: runFleet, Late: relayLate},
	})
}

// One tells prices without order keys, with neither heartbeats nor acknowledgements.
func TestSimulationNotebook(t *testing.T) {
	simulate(t, func(rng *rand.Rand) exchangetest.Exchange {
		json := rng.IntN(2) == 0
		return exchangetest.Exchange{
			Dialect: coinblockprosim.Dialect{JSON: json},
			Source: func(o exchange.Options) exchange.Source {
				return coinblockpro.New(&coinblockpro.Options{Options: o, ReadList: true})
			},
		}
	})
}

func TestSimulationKeyed(t *testing.T) { simulate(t, ofVariant(false)) }

func TestSimulationKeyless(t *testing.T) { simulate(t, ofVariant(true)) }

// ofVariant draws how an exchange tells its quotes.
func ofVariant(keyless bool) func(*rand.Rand) exchangetest.Exchange {
	return func(rng *rand.Rand) exchangetest.Exchange {
		v := keyed.Variant{Keyless: keyless, Initial: rng.IntN(2) == 0}
		switch rng.IntN(3) {
		case 0:
			v.Quote = ticker.Told{Kind: ticker.Throttled, Delay: time.Duration(1+rng.IntN(1000)) * time.Millisecond}
		case 1:
			v.Quote = ticker.Told{Kind: ticker.OnTrade}
			// Without keys nobody can tell that a first ticker is older than an answer.
			v.Initial = v.Initial && !keyless
		}
		return exchangetest.Exchange{
			Dialect: keyed.Dialect{Variant: v},
			Source:  func(o exchange.Options) exchange.Source { return keyed.New(v, &o) },
		}
	}
}
