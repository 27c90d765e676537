package krakensim_test

import (
	"context"
	"fmt"

	"github.com/tickersync/tickersync/exchange/kraken/krakensim"
	"github.com/tickersync/tickersync/exchange/simexchange"
)

// A client of any kind can be tried on the simulated exchange.
func Example() {
	server := krakensim.NewServer(simexchange.Config{Memory: true})
	defer server.Close()
	o := server.Options()
	ctx := context.Background()
	conn, err := o.Connect(ctx, server.WebSocketURL())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	_ = conn.Write(ctx, []byte(`{"method":"subscribe","params":{"channel":"trade","symbol":["DOGE/EUR"]}}`))
	var frame []byte
	for range 2 {
		frame, _ = conn.Read(ctx, frame) // status, acknowledgement
	}
	server.Trade("DOGE-EUR", "0.25")
	frame, _ = conn.Read(ctx, frame)
	fmt.Printf("%.80s\n", frame)
	// Output: {"channel":"trade","type":"update","data":[{"symbol":"DOGE/EUR","side":"buy","pr
}
