package kraken_test

import (
	"context"
	"fmt"

	"github.com/tickersync/tickersync/exchange/kraken"
	"github.com/tickersync/tickersync/exchange/kraken/krakensim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/ticker"
)

// A Book is kept true here by a simulated exchange. With nil options the adapter
// reads Kraken.
func Example() {
	server := krakensim.NewServer(simexchange.Config{Memory: true})
	defer server.Close()
	server.Quote("BTC-EUR", "71234.5", "71234.6")
	o := server.Options()

	var book ticker.Book
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- fullsync.Run(ctx, &book, kraken.New(&o), nil) }()
	if err := book.WaitSynced(ctx); err != nil {
		fmt.Println(err)
	}
	t, _ := book.Get("BTC-EUR")
	fmt.Println(t.Quote.Bid, t.Quote.Ask, t.Quote.BidSize.IsZero())
	cancel()
	fmt.Println(<-done)
	// Output:
	// 71234.5 71234.6 true
	// context canceled
}
