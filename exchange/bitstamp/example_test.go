package bitstamp_test

import (
	"context"
	"fmt"

	"github.com/tickersync/tickersync/exchange/bitstamp"
	"github.com/tickersync/tickersync/exchange/bitstamp/bitstampsim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/ticker"
)

// The adapter reads a simulated Bitstamp here. With nil options it reads the real
// one.
func Example() {
	server := bitstampsim.NewServer(simexchange.Config{Memory: true})
	defer server.Close()
	o := server.Options()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var book ticker.Book
	done := make(chan error, 1)
	go func() { done <- fullsync.Run(ctx, &book, bitstamp.New(&o), nil) }()

	if err := book.WaitSynced(ctx); err != nil {
		fmt.Println(err)
		return
	}
	server.Trade("BTC-EUR", "55123.5")
	for c := range book.Watch(ctx, "BTC-EUR") {
		if t := c.Trade; t.Source == ticker.Stream {
			fmt.Println(c.Market, t.Price, t.Kind, book.Status().Known)
			break
		}
	}
	cancel()
	fmt.Println(<-done)
	// Output:
	// BTC-EUR 55123.5 every change 9
	// context canceled
}
