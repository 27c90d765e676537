package engine_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/internal/engine"
	"github.com/tickersync/tickersync/ticker"
)

// The least that a sync is: one snapshot, when there is a connection to merge it
// under.
func ExampleDo() {
	server := coinblockprosim.NewServer(simexchange.Config{Seed: 1})
	defer server.Close()
	source := coinblockpro.New(&coinblockpro.Options{Options: server.Options()})
	fill := func(ctx context.Context, r *engine.Run) error {
		for r.Link() == nil {
			select {
			case <-r.Wake():
			case <-ctx.Done():
				return nil
			}
		}
		asked := time.Now()
		us, err := source.Snapshot(ctx)
		if err != nil {
			return err
		}
		r.Link().Answer(us, asked, true)
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	var book ticker.Book
	done := make(chan error, 1)
	go func() { done <- engine.Do(ctx, &book, source, engine.Options{Name: "mysync"}, fill) }()
	fmt.Println(book.WaitSynced(ctx))
	fmt.Println(book.Status().Known, "markets")
	cancel()
	fmt.Println(errors.Is(<-done, context.Canceled))
	// Output:
	// <nil>
	// 45 markets
	// true
}
