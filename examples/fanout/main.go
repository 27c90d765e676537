// Fanout shows one collector that feeds many machines: a simulated exchange, a
// collector and a stand-by that publish its Book to NATS, and readers that keep the
// same Book from there, each a process of its own. It kills the collector and says
// what the readers saw. Nothing has to be installed.
//
//	go run .                                  # the whole, in half a minute
//	go run . -nats nats://host:4222           # the same by way of your NATS
//	go run . -role collector -nats nats://host:4222   # one process of a fleet: collect Kraken,
//	go run . -role standby -nats nats://host:4222     # stand by for the collector,
//	go run . -role reader -nats nats://host:4222      # and read
//
// It ends with 1 if anything that package natskv promises did not hold.
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
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "fanout:", err)
		}
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) error {
	o, err := parse(args, errs)
	if err != nil {
		return err
	}
	if o.role == "all" {
		return all(ctx, o, out)
	}
	r := newReporter(out, o.child)
	if o.child {
		// The one that started it ends it; an interrupt from the terminal reaches
		// both, and is that one's business.
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(context.WithoutCancel(ctx))
		defer cancel()
		go obey(in, cancel, r)
	}
	if o.role == "reader" {
		return read(ctx, o, r)
	}
	return publish(ctx, o, r)
}
