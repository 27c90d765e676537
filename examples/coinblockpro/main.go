// Command coinblockpro serves the notebook's exchange, simulated, until it is
// interrupted: the REST API on 127.0.0.1:8000 and the websocket on
// ws://127.0.0.1:8001/ticker_feed, so that a client written for the notebook's
// server works against it unchanged.
//
//	go run ./examples/coinblockpro
//	curl http://127.0.0.1:8000/single_ticker?market=btc_ltc
//	go run ./examples/singleticker -rest http://127.0.0.1:8000 -ws ws://127.0.0.1:8001/ticker_feed
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/simexchange"
)

func main() {
	cfg, dialect, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, cfg, dialect); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // nothing is left to stop
	}
}

// parse reads the flags; what is wrong with them has been written to errs.
func parse(args []string, errs io.Writer) (cfg simexchange.Config, dialect coinblockprosim.Dialect, err error) {
	cfg = simexchange.Config{
		Seed: uint64(time.Now().UnixNano()), //nolint:gosec // any number will do
		Lag:  simexchange.UpTo(50 * time.Millisecond), Latency: simexchange.UpTo(300 * time.Millisecond),
	}
	fs := flag.NewFlagSet("coinblockpro", flag.ContinueOnError)
	fs.SetOutput(errs)
	fs.StringVar(&cfg.RESTAddr, "rest", "127.0.0.1:8000", "`address` of the REST API")
	fs.StringVar(&cfg.WebSocketAddr, "ws", "127.0.0.1:8001", "`address` of the websocket")
	fs.Uint64Var(&cfg.Seed, "seed", cfg.Seed, "the same seed, the same exchange")
	fs.Float64Var(&cfg.Rate, "rate", 5, "messages a second")
	fs.IntVar(&cfg.Busy, "busy", 22, "how many of the 45 markets trade")
	fs.IntVar(&cfg.Batch, "batch", 3, "the most markets in one message")
	fs.BoolVar(&dialect.JSON, "json", false, "write frames as JSON and not as Python's str() of a dict")
	if err = fs.Parse(args); err == nil && fs.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", fs.Arg(0))
		fmt.Fprintf(errs, "coinblockpro: %v\n", err)
	}
	return cfg, dialect, err
}

// run serves until ctx ends.
func run(ctx context.Context, out io.Writer, cfg simexchange.Config, dialect coinblockprosim.Dialect) error {
	server, err := simexchange.Start(cfg, dialect)
	if err != nil {
		return fmt.Errorf("coinblockpro: %w", err)
	}
	defer server.Close()
	fmt.Fprintf(out, "REST API at %s, websocket at %s; Ctrl-C ends it.\n", server.RESTURL(), server.WebSocketURL())
	<-ctx.Done()
	c := server.Counts()
	fmt.Fprintf(out, "Answered %d requests, sent %d frames on %d connections.\n", c.Requests, c.Frames, c.Opened)
	return nil
}
