package exchangetest_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/exchangetest"
)

// The two tests that an adapter's package needs.
func Example() {
	config := exchangetest.Config{New: func(*rand.Rand) exchangetest.Exchange {
		return exchangetest.Exchange{
			Dialect: coinblockprosim.Dialect{},
			Source: func(o exchange.Options) exchange.Source {
				return coinblockpro.New(&coinblockpro.Options{Options: o, ReadList: true})
			},
		}
	}}
	_ = func(t *testing.T) { exchangetest.Test(t, config) }     // TestLaws
	_ = func(t *testing.T) { exchangetest.Simulate(t, config) } // TestSimulation
}

func ExampleLaws() {
	for _, l := range exchangetest.Laws() {
		fmt.Println(l.Name)
	}
	// Output:
	// acknowledged
	// every market
	// whole groups
	// honest times
	// exact numbers
	// junk
	// errors
	// names
	// nothing left
}
