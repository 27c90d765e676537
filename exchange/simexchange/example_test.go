package simexchange_test

import (
	"context"
	"fmt"

	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// What a program holds is compared with the truth, whatever goes wrong.
func Example() {
	server := coinblockprosim.NewServer(simexchange.Config{Seed: 1, Memory: true})
	defer server.Close()
	source := coinblockpro.New(&coinblockpro.Options{Options: server.Options()})
	ctx := context.Background()

	server.Trade("ETC-DOT", "7533.094")
	server.Fail(1, simexchange.Limited("30"))
	_, err := source.Snapshot(ctx)
	fmt.Println(err)

	truth, _ := server.Truth("ETC-DOT")
	fmt.Println(truth.Trade.Price, server.VersionAt("ETC-DOT", ticker.TradeGroup, truth.Trade.Time))
	// Output:
	// coinblockpro: GET /full_ticker: rate limit hit, retry after 30s: status 429: "Too Many Requests\n"
	// 7533.094 2
}

// A client that holds a value can be asked which version that is.
func ExampleServer_Find() {
	server := coinblockprosim.NewServer(simexchange.Config{Memory: true})
	defer server.Close()
	server.Trade("ETC-DOT", "10")
	held, _ := server.Truth("ETC-DOT")
	server.Trade("ETC-DOT", "11")
	version, ok := server.Find(held, ticker.TradeGroup, 1)
	fmt.Println(version, ok)
	// Output: 2 true
}
