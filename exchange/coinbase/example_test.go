package coinbase_test

import (
	"context"
	"fmt"

	"github.com/tickersync/tickersync/exchange/coinbase"
	"github.com/tickersync/tickersync/exchange/coinbase/coinbasesim"
	"github.com/tickersync/tickersync/exchange/simexchange"
)

// The adapter reads a simulated exchange here. With nil options it reads Coinbase.
func Example() {
	server := coinbasesim.NewServer(simexchange.Config{Memory: true})
	defer server.Close()
	server.Trade("BTC-USD", "90000.5")
	o := server.Options()
	source := coinbase.New(&o)
	ctx := context.Background()

	markets, err := source.Markets(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := source.Fetch(ctx, markets[0])
	fmt.Println(len(markets), answer.Market, answer.Trade.Price, err)
	// Output: 12 BTC-USD 90000.5 <nil>
}
