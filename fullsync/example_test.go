package fullsync_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/ticker"
)

// A Book is kept true in the background, and read when it is synced. The exchange
// is simulated, so that this needs no network.
func ExampleRun() {
	server := coinblockprosim.NewServer(simexchange.Config{Seed: 1})
	defer server.Close()
	server.Trade("BTC-EUR", "7533.094")
	source := coinblockpro.New(&coinblockpro.Options{Options: server.Options()})

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var book ticker.Book
	done := make(chan error, 1)
	go func() { done <- fullsync.Run(ctx, &book, source, nil) }()
	if err := book.WaitSynced(ctx); err != nil {
		log.Fatal(err) // also Run's, if that ended
	}
	t, err := book.Trade("BTC-EUR", time.Minute)
	fmt.Println(t.Price, err)
	st := book.Status()
	fmt.Println("known:", st.Known, "of", st.Total, "by", st.Backfill.Fetched, "request")

	cancel()
	fmt.Println(errors.Is(<-done, context.Canceled))
	// Output:
	// 7533.094 <nil>
	// known: 45 of 45 by 1 request
	// true
}
