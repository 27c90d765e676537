package coinblockprosim_test

import (
	"context"
	"fmt"

	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/simexchange"
)

func Example() {
	server := coinblockprosim.NewServer(simexchange.Config{Seed: 1, Memory: true})
	defer server.Close()
	source := coinblockpro.New(&coinblockpro.Options{Options: server.Options()})

	us, err := source.Snapshot(context.Background())
	fmt.Println(len(us), us[0].Market, err)
	// Output: 45 BTC-LTC <nil>
}
