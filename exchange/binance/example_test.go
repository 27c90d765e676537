package binance_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tickersync/tickersync/exchange/binance"
	"github.com/tickersync/tickersync/exchange/binance/binancesim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/ticker"
)

func Example() {
	server := binancesim.NewServer(simexchange.Config{Seed: 1})
	defer server.Close()
	server.Quote("ETH-BTC", "0.05012", "0.05013")
	o := server.Options() // to the real exchange: binance.New(nil)

	ctx, cancel := context.WithCancel(context.Background())
	var book ticker.Book
	done := make(chan error, 1)
	go func() { done <- fullsync.Run(ctx, &book, binance.New(&o), nil) }()
	if err := book.WaitSynced(ctx); err != nil {
		fmt.Println(err)
	}
	q, err := book.Quote("ETH-BTC", 10*time.Second)
	fmt.Println(q.Bid, q.Ask, err)
	cancel()
	<-done
	// Output: 0.05012 0.05013 <nil>
}
