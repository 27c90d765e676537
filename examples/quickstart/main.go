// Command quickstart shows a Book in about ten seconds: it fills, it follows a
// simulated exchange over real sockets, it lives through an outage, and at the end
// it is compared with what the exchange says is true.
//
//	go run ./examples/quickstart
//
// On a terminal it redraws a small table; elsewhere it prints plain lines. Ctrl-C
// ends it early, with the summary.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/internal/stage"
	"github.com/tickersync/tickersync/singlesync"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	screen := stage.NewScreen(os.Stdout, stage.IsTerminal(os.Stdout))
	if err := run(ctx, screen, exchangeConfig()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // nothing is left to stop
	}
}

// exchangeConfig is an exchange of 45 markets of which 30 move, 20 times a
// second in all; how long messages and answers take is drawn from the ranges.
func exchangeConfig() simexchange.Config {
	return simexchange.Config{
		Seed: 1, Rate: 20, Busy: 30,
		Lag:     simexchange.UpTo(20 * time.Millisecond),
		Latency: simexchange.Range{Min: 20 * time.Millisecond, Max: 120 * time.Millisecond},
	}
}

// run keeps a Book, shows it, and ends with ctx or when all has been shown.
func run(ctx context.Context, screen *stage.Screen, cfg simexchange.Config) error {
	server := coinblockprosim.NewServer(cfg)
	defer server.Close()
	options := server.Options()
	options.Budget = exchange.NewBudget(20, 1) // REST requests a second, and at once
	source := coinblockpro.New(&coinblockpro.Options{Options: options})

	keep, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := newShow(screen, server)
	ended := make(chan error, 1)
	go func() { ended <- singlesync.Run(keep, &s.book, source, nil) }()

	s.play(ctx)

	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
