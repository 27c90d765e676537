package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/tickersync/tickersync/ticker/arbitrage"
)

// scan prints signals, and sends and records what the command line asks for, until
// ctx or the time ends.
func scan(ctx context.Context, o *options, w *world, out, errs io.Writer) error {
	ctx, cancel := o.limit(ctx)
	defer cancel(nil)
	log := &notes{to: errs}
	if o.simulated {
		log.printf("simulated: %s. For real exchanges: -exchanges %s", strings.Join(o.exchanges, " and "), strings.Join(known(), ","))
	}
	post, err := o.mailer(w, log)
	if err != nil {
		return err
	}
	recording, err := o.recorder(ctx, log)
	if err != nil {
		return err
	}
	b := openBooks(ctx, o, w, log, cancel)
	defer b.close()
	var side sync.WaitGroup
	defer side.Wait()
	defer cancel(nil)
	side.Go(func() { recording.beside(ctx, b.books) })
	side.Go(func() { post.run(ctx) })

	var legs []arbitrage.Leg
	for i, book := range b.books {
		legs = append(legs, arbitrage.Leg{Book: book, Fee: o.feeOf(b.names[i])})
	}
	var sum summary
	for s := range arbitrage.Scan(ctx, legs, &o.scan) {
		sum.add(&s)
		if s.Event == arbitrage.Moved && !o.moves {
			continue
		}
		text := describe(&s, o.impact)
		if _, err := io.WriteString(out, text); err != nil {
			return fmt.Errorf("print: %w", err)
		}
		if s.Event == arbitrage.Opened {
			post.tell(&s, text)
		}
	}
	if _, err := io.WriteString(out, sum.String()); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return givenUp(ctx)
}
