package longrun

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"go.uber.org/goleak"

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
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/ticker"
)

var (
	seed    = flag.Uint64("seed", 1, "the seed of the histories")
	days    = flag.Int("days", 1, "how many days of virtual time TestDays lives")
	all     = flag.Bool("all", false, "have TestAudit try every adapter")
	under   = flag.Duration("for", 10*time.Second, "how long TestLoad runs")
	rate    = flag.Int("rate", 5000, "how many messages a second TestLoad tells")
	markets = flag.Int("markets", 5000, "how many markets TestLoad has")
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// place is an adapter and how its exchange is simulated.
type place struct {
	name string
	make func(*rand.Rand) exchangetest.Exchange
	beat time.Duration // how often heartbeats come in days of virtual time; zero: rarely
}

// places are all adapters.
func places() []place {
	of := func(name string, x exchangetest.Exchange) place {
		p := place{name: name, make: func(*rand.Rand) exchangetest.Exchange { return x }}
		if name == "coinbase" {
			p.beat = 4 * time.Second // they are what acknowledges a product
		}
		return p
	}
	keyless := keyed.Variant{Keyless: true, Quote: ticker.Told{Kind: ticker.Throttled, Delay: time.Second}}
	return []place{
		of("binance", exchangetest.Exchange{Dialect: &binancesim.Dialect{}, Source: func(o exchange.Options) exchange.Source { return binance.New(&o) }}),
		of("bitstamp", exchangetest.Exchange{Dialect: bitstampsim.Dialect{}, Source: func(o exchange.Options) exchange.Source { return bitstamp.New(&o) }}),
		of("bl3p", exchangetest.Exchange{Dialect: &bl3psim.Dialect{}, Source: func(o exchange.Options) exchange.Source {
			return bl3p.New(&bl3p.Options{Options: o, Markets: []ticker.Market{"BTC-EUR", "LTC-EUR"}})
		}}),
		of("coinbase", exchangetest.Exchange{Dialect: &coinbasesim.Dialect{}, Source: func(o exchange.Options) exchange.Source { return coinbase.New(&o) }}),
		of("coinblockpro", exchangetest.Exchange{Dialect: coinblockprosim.Dialect{}, Source: func(o exchange.Options) exchange.Source {
			return coinblockpro.New(&coinblockpro.Options{Options: o, ReadList: true})
		}}),
		of("kraken", exchangetest.Exchange{Dialect: &krakensim.Dialect{AnyPace: true}, Source: func(o exchange.Options) exchange.Source { return kraken.New(&o) }}),
		of("keyed", exchangetest.Exchange{Dialect: keyed.Dialect{}, Source: func(o exchange.Options) exchange.Source { return keyed.New(keyed.Variant{}, &o) }}),
		of("keyless", exchangetest.Exchange{Dialect: keyed.Dialect{Variant: keyless}, Source: func(o exchange.Options) exchange.Source { return keyed.New(keyless, &o) }}),
	}
}
