// Watch shows the live prices of a real exchange, or of recorded traffic.
//
//	go run ./examples/watch -exchange kraken BTC-EUR ETH-EUR
//	go run ./examples/watch -exchange coinbase -json BTC-USD
//	go run ./examples/watch -exchange binance -replay traffic.jsonl -fast -json -all
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"

	"github.com/tickersync/tickersync/internal/stage"
	"github.com/tickersync/tickersync/ticker"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr, stage.IsTerminal(os.Stdout)); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "watch:", err)
		}
		stop()
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	exchange string
	replay   string
	fast     bool
	all      bool
	json     bool
	verbose  bool
	rest, ws string
	markets  []ticker.Market
}

func parse(args []string, errs io.Writer) (*options, error) {
	var o options
	f := flag.NewFlagSet("watch", flag.ContinueOnError)
	f.SetOutput(errs)
	f.StringVar(&o.exchange, "exchange", "", "the exchange: "+strings.Join(names(), ", "))
	f.BoolVar(&o.all, "all", false, "every market")
	f.BoolVar(&o.json, "json", false, "one line of JSON a change")
	f.StringVar(&o.replay, "replay", "", "recorded traffic to run on, with its REST answers beside it")
	f.BoolVar(&o.fast, "fast", false, "replay at once, not at the pace of the recording")
	f.StringVar(&o.rest, "rest", "", "the base address of the REST API, if not the exchange's own")
	f.StringVar(&o.ws, "ws", "", "the address of the websocket, if not the exchange's own")
	f.BoolVar(&o.verbose, "v", false, "log connections that come and go")
	if err := f.Parse(args); err != nil {
		return nil, flag.ErrHelp // the flag set has said why
	}
	for _, m := range f.Args() {
		o.markets = append(o.markets, ticker.Market(strings.ToUpper(m)))
	}
	switch {
	case exchanges()[o.exchange] == nil:
		return nil, fmt.Errorf("-exchange has to be one of %s", strings.Join(names(), ", "))
	case o.all == (len(o.markets) > 0):
		return nil, errors.New("name markets, such as BTC-EUR, or say -all")
	case o.fast && o.replay == "":
		return nil, errors.New("-fast goes with -replay")
	}
	return &o, nil
}

func run(ctx context.Context, args []string, out, errs io.Writer, terminal bool) error {
	o, err := parse(args, errs)
	if err != nil {
		return err
	}
	var log *slog.Logger
	if o.verbose {
		log = slog.New(slog.NewTextHandler(errs, nil))
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var book ticker.Book
	ended := make(chan error, 1)
	go func() {
		if o.replay != "" {
			ended <- play(ctx, &book, o)
			return
		}
		ended <- keep(ctx, &book, o, log)
	}()
	if o.replay == "" {
		go unreachable(ctx, &book, o.exchange, cancel)
	}
	show(ctx, &book, o, stage.NewScreen(out, terminal && !o.json))
	cancel(nil) // who shows may have ended first
	err = <-ended
	if errors.Is(err, errOver) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
