// Command fullticker is the notebook's first run: an exchange that gives all
// tickers in one REST request. It prints every price as it comes, from the
// websocket or from REST, and says when all markets are known.
//
//	go run ./examples/fullticker -period 10s
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

	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/internal/stage"
	"github.com/tickersync/tickersync/ticker"
)

func main() {
	f, err := stage.ParseFlags("fullticker", 10*time.Second, os.Args[1:], os.Stderr)
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
	source, done := f.Exchange()
	defer done()
	keep, cancel := context.WithCancel(context.Background())
	defer cancel()

	var book ticker.Book
	ended := make(chan error, 1)
	go func() { ended <- fullsync.Run(keep, &book, source, nil) }()

	ctx, stop := context.WithTimeout(ctx, f.Period)
	defer stop()
	stage.End(screen, stage.Tell(ctx, screen, &book, func(ticker.Status) {
		screen.Print("We now have information on all markets!")
	}))

	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
