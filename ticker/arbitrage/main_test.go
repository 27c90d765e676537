package arbitrage

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/ticker"
)

var seed = flag.Uint64("seed", 0, "of the random tests; 0: another one each time")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// random returns a source of random numbers, and prints its seed if the test fails.
func random(t *testing.T) *rand.Rand {
	t.Helper()
	n := *seed
	if n == 0 {
		n = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("go test -run '^%s$' -seed %d", t.Name(), n)
		}
	})
	return rand.New(rand.NewPCG(n, 1))
}

// rounds is n, less where the tests are to be short.
func rounds(n int) int {
	if testing.Short() {
		return n / 4
	}
	return n
}

func dec(s string) decimal.Decimal { return decimal.MustParse(s) }

// offered is an offer of A-B that was true a second before now.
func offered(exchange, bid, ask, fee string, now time.Time) Offer {
	o := Offer{Exchange: exchange, Fee: dec(fee), Ticker: ticker.Ticker{Market: "A-B"}}
	o.Ticker.Quote = ticker.Quote{Bid: dec(bid), Ask: dec(ask), BidSize: dec("2"), AskSize: dec("3")}
	o.Ticker.Quote.AsOf, o.Ticker.Quote.Source = now.Add(-time.Second), ticker.Stream
	return o
}
