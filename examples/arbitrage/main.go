// Arbitrage watches several exchanges for the moments at which one's bid beats
// another's ask by more than the fees.
//
//	go run . -for 20s                                  # two simulated exchanges
//	go run . -exchanges coinbase,kraken,bitstamp       # real ones
//	go run . -exchanges coinbase,kraken -db postgres://… -smtp mail.example.org:587 -to me@example.org
//	go run . record -exchanges kraken -db postgres://… # record one exchange, and no more
//	go run . report -db postgres://…                   # the best pairs of the last day
//
// It signals, and never trades. See the comment of package ticker/arbitrage for
// what a signal is not.
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
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	w := &world{source: source, password: os.Getenv("SMTP_PASSWORD")}
	if err := run(ctx, os.Args[1:], w, os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "arbitrage:", err)
		}
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, w *world, out, errs io.Writer) error {
	o, err := parse(args, errs)
	if err != nil {
		return err
	}
	switch o.role {
	case "record":
		return record(ctx, o, w, out, errs)
	case "report":
		return report(ctx, o, out)
	}
	return scan(ctx, o, w, out, errs)
}
