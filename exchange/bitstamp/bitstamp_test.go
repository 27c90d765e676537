package bitstamp_test

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/bitstamp"
	"github.com/tickersync/tickersync/exchange/bitstamp/bitstampsim"
	"github.com/tickersync/tickersync/exchange/exchangetest"
)

var (
	seeds = flag.Int("seeds", 200, "how many histories to simulate with each engine")
	seed  = flag.Uint64("seed", 1, "the first seed")
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// variant draws one of the ways in which Bitstamp was seen to speak.
func variant(rng *rand.Rand) exchangetest.Exchange {
	d := bitstampsim.Dialect{Status429: rng.IntN(2) == 0, NoNames: rng.IntN(2) == 0}
	// Not both: a doubled frame of before an acknowledgement looks like news.
	if rng.IntN(2) == 0 {
		d.AckAfter = time.Duration(rng.Int64N(int64(6300 * time.Millisecond)))
	} else {
		d.Unordered = true
	}
	return exchangetest.Exchange{
		Dialect: d,
		Source:  func(o exchange.Options) exchange.Source { return bitstamp.New(&o) },
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
