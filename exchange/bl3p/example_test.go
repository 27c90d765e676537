package bl3p_test

import (
	"context"
	"fmt"

	"github.com/tickersync/tickersync/exchange/bl3p"
	"github.com/tickersync/tickersync/exchange/bl3p/bl3psim"
	"github.com/tickersync/tickersync/exchange/simexchange"
)

// The exchange is gone: the adapter reads a simulated one.
func Example() {
	server := bl3psim.NewServer(simexchange.Config{Memory: true})
	defer server.Close()
	source := bl3p.New(&bl3p.Options{Options: server.Options()})
	ctx := context.Background()

	markets, _ := source.Markets(ctx)
	stream, err := source.Connect(ctx, markets) // two sockets
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	server.Trade("BTC-EUR", "34567.0125")
	us, err := stream.Read(ctx, nil)
	fmt.Println(len(markets), us[0].Market, us[0].Trade.Price, err)
	// Output: 1 BTC-EUR 34567.0125 <nil>
}
