package binancesim_test

import (
	"context"
	"fmt"

	"github.com/tickersync/tickersync/exchange/binance"
	"github.com/tickersync/tickersync/exchange/binance/binancesim"
	"github.com/tickersync/tickersync/exchange/simexchange"
)

func Example() {
	server := binancesim.NewServer(simexchange.Config{Seed: 1, Memory: true})
	defer server.Close()
	o := server.Options()
	source := binance.New(&o)
	markets, err := source.Markets(context.Background())
	fmt.Println(len(markets), markets[0].Market, err)
	// Output: 13 BTC-USDT <nil>
}
