package coinbasesim_test

import (
	"context"
	"fmt"

	"github.com/tickersync/tickersync/exchange/coinbase"
	"github.com/tickersync/tickersync/exchange/coinbase/coinbasesim"
	"github.com/tickersync/tickersync/exchange/simexchange"
)

func Example() {
	server := coinbasesim.NewServer(simexchange.Config{Seed: 1, Memory: true})
	defer server.Close()
	o := server.Options()
	markets, err := coinbase.New(&o).Markets(context.Background())
	fmt.Println(len(markets), markets[0].Market, err)
	// Output: 12 BTC-USD <nil>
}
