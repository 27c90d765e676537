package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// world is what the program finds outside: tests bring their own.
type world struct {
	source   func(name string, o exchange.Options) exchange.Source
	password string        // of the mail server
	tls      *tls.Config   // to trust the mail server by; nil: as the system does
	sending  time.Duration // the longest that a mail may take; zero: 10 seconds
	memory   bool          // simulated exchanges need no network
}

// books are the replicas of the exchanges that the command line names.
type books struct {
	names []string
	books []*ticker.Book
	kept  sync.WaitGroup
	wg    sync.WaitGroup
	log   *notes
}

var errGivenUp = errors.New("every exchange is given up")

// openBooks begins to keep a Book for each exchange, until ctx ends; wait for that
// with close. An exchange that fails for good is named, and the others go on; when
// all have, stop is called with errGivenUp.
func openBooks(ctx context.Context, o *options, w *world, log *notes, stop context.CancelCauseFunc) *books {
	b := &books{names: o.exchanges, log: log}
	make := w.source
	if o.simulated {
		sim := newSimulation(o.seed, w.memory, o.exchanges)
		b.wg.Go(func() { sim.run(ctx) })
		make = sim.source
	}
	for _, name := range o.exchanges {
		book := new(ticker.Book)
		b.books = append(b.books, book)
		src := make(name, exchange.Options{Logger: o.logger(log)})
		b.kept.Go(func() {
			if err := keep(ctx, book, src, o.logger(log)); ctx.Err() == nil {
				log.printf("%s is given up: %v", name, err)
			}
		})
		b.wg.Go(func() { b.introduce(ctx, name, book) })
	}
	b.wg.Go(func() {
		b.kept.Wait()
		stop(errGivenUp)
	})
	return b
}

// close waits until nothing is kept any more.
func (b *books) close() { b.wg.Wait() }

// patience is how long an exchange may take before it is said what is wrong.
const patience = 10 * time.Second

// introduce says when an exchange is known, or what it waits for.
func (b *books) introduce(ctx context.Context, name string, book *ticker.Book) {
	for {
		wait, cancel := context.WithTimeout(ctx, patience)
		err := book.WaitSynced(wait)
		late := wait.Err() != nil
		cancel()
		switch st := book.Status(); {
		case err == nil:
			b.log.printf("%s: %d markets", name, st.Known)
			return
		case ctx.Err() != nil || !late:
			return
		case st.Total > 0:
			b.log.printf("%s: %d of %d markets so far", name, st.Known, st.Total)
		default:
			b.log.printf("%s: not reached yet (%v)", name, st.LastError)
		}
	}
}

func (o *options) logger(log *notes) *slog.Logger {
	if !o.verbose {
		return nil
	}
	return slog.New(slog.NewTextHandler(log, nil))
}

// notes is what is written beside the signals. Any goroutine may write.
type notes struct {
	mu sync.Mutex
	to io.Writer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.to.Write(p)
}

func (n *notes) printf(format string, args ...any) {
	fmt.Fprintf(n, format+"\n", args...)
}
