// Command singleticker is the notebook's second run: an exchange that gives one
// market's ticker a REST request. It prints every price as it comes, from the
// websocket or from REST, and says when all markets are known and how many of
// them REST was asked for.
//
//	go run ./examples/singleticker -period 50s
//
// It starts a simulated exchange unless -rest and -ws name another.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/tickersync/tickersync/internal/stage"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

func main() {
	f, err := stage.ParseFlags("singleticker", 50*time.Second, os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, stage.NewScreen(os.Stdout, stage.IsTerminal(os.Stdout)), f); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // nothing is left to stop
	}
}

// run keeps a Book for the period, or until ctx ends.
func run(ctx context.Context, screen *stage.Screen, f *stage.Flags) error {
	exchange, done := f.Exchange()
	defer done()
	source := &counting{Source: exchange}
	keep, cancel := context.WithCancel(context.Background())
	defer cancel()

	var book ticker.Book
	ended := make(chan error, 1)
	go func() { ended <- singlesync.Run(keep, &book, source, nil) }()

	ctx, stop := context.WithTimeout(ctx, f.Period)
	defer stop()
	stage.End(screen, stage.Tell(ctx, screen, &book, func(st ticker.Status) {
		screen.Print("All markets now have current information!")
		screen.Print("Downloaded information on %d / %d markets through the REST API.", source.markets(), st.Total)
	}))

	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
