package exchange_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/ticker"
)

// A program that keeps what the exchange sent when something went wrong. Here the
// exchange sends a frame that is none.
func ExampleFlightRecorder() {
	server := coinblockprosim.NewServer(simexchange.Config{Seed: 1})
	defer server.Close()
	source := coinblockpro.New(&coinblockpro.Options{Options: server.Options()})

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	var rec exchange.FlightRecorder
	wg.Go(func() {
		for r := range rec.Failures(ctx) {
			fmt.Println(r.Exchange, r.Failure.Kind, r.Failure.Err)
			var file bytes.Buffer // a program would have r.WriteFile write a file
			if _, err := r.WriteTo(&file); err != nil {
				fmt.Println(err)
			}
			fmt.Println(strings.Contains(file.String(), "out of order"))
			cancel()
		}
	})
	var book ticker.Book
	wg.Go(func() { fmt.Println(fullsync.Run(ctx, &book, source, &fullsync.Options{Record: &rec})) })
	if err := book.WaitSynced(ctx); err == nil {
		server.Inject([]byte("out of order"))
	}
	wg.Wait()
	// Output:
	// coinblockpro frame coinblockpro: frame "out of order": no dict at byte 0
	// true
	// context canceled
}
