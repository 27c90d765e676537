package keyed_test

import (
	"context"
	"fmt"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/internal/keyed"
)

// REST and stream share order keys, so that it can be told which is newer.
func Example() {
	server := keyed.NewServer(keyed.Variant{}, simexchange.Config{Memory: true})
	defer server.Close()
	o := server.Options()
	source := keyed.New(keyed.Variant{}, &o)
	ctx := context.Background()

	market := exchange.Listing{Market: "BTC-EUR", Symbol: "BTC-EUR", RESTSymbol: "BTC-EUR"}
	stream, err := source.Connect(ctx, []exchange.Listing{market})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	answer, _ := source.Fetch(ctx, market)
	server.Trade("BTC-EUR", "90000")
	us, _ := stream.Read(ctx, nil)
	fmt.Println(us[0].Trade.Price, us[0].Trade.Key > answer.Trade.Key)
	// Output: 90000 true
}
