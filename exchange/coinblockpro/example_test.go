package coinblockpro_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/simexchange"
)

// The adapter reads a simulated exchange here. With nil options it reads the
// notebook's server at its own addresses.
func Example() {
	server := coinblockprosim.NewServer(simexchange.Config{Memory: true})
	defer server.Close()
	source := coinblockpro.New(&coinblockpro.Options{Options: server.Options()})
	ctx := context.Background()

	markets, _ := source.Markets(ctx)
	stream, err := source.Connect(ctx, markets)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	for server.Counts().Open == 0 { // the handshake is answered a moment before
		time.Sleep(time.Millisecond)
	}
	server.Trade("ETC-DOT", "7533.094")
	us, err := stream.Read(ctx, nil)
	fmt.Println(len(markets), us[0].Market, us[0].Trade.Price, err)
	// Output: 45 ETC-DOT 7533.094 <nil>
}
