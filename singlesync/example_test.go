package singlesync_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// The markets that a program cares for most are asked for first. The exchange is
// simulated, so that this needs no network; nothing trades on it, so that each
// market costs a request.
func ExampleRun() {
	server := coinblockprosim.NewServer(simexchange.Config{Seed: 1})
	defer server.Close()
	o := coinblockpro.Options{Options: server.Options(), Markets: []string{"btc_eur", "eth_eur", "etc_dot"}}
	o.Budget = exchange.NewBudget(100, 1) // requests a second

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var book ticker.Book
	done := make(chan error, 1)
	go func() {
		done <- singlesync.Run(ctx, &book, coinblockpro.New(&o), &singlesync.Options{First: []ticker.Market{"ETC-DOT"}})
	}()
	if err := book.WaitSynced(ctx); err != nil {
		log.Fatal(err) // also Run's, if that ended
	}
	fmt.Println("asked first:", server.Requests()[0].Path)
	for t := range book.All() {
		fmt.Println(t.Market, "is known")
	}
	cancel()
	fmt.Println(<-done)
	// Output:
	// asked first: /single_ticker?market=etc_dot
	// BTC-EUR is known
	// ETC-DOT is known
	// ETH-EUR is known
	// context canceled
}
