package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tickersync/tickersync/ticker"
	"github.com/tickersync/tickersync/ticker/history"
)

// record records exchanges until ctx or the time ends, and does nothing else.
func record(ctx context.Context, o *options, w *world, out, errs io.Writer) error {
	ctx, cancel := o.limit(ctx)
	defer cancel(nil)
	log := &notes{to: errs}
	r, err := o.recorder(ctx, log)
	if err != nil {
		return err
	}
	b := openBooks(ctx, o, w, log, cancel)
	defer b.close()
	defer cancel(nil)
	err = r.run(ctx, b.books)
	if ctx.Err() == nil {
		return err
	}
	s := r.Status()
	if _, err := fmt.Fprintf(out, "%d changes, %d rows written\n", s.Changes, s.Rows); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return givenUp(ctx)
}

// givenUp is the error of a program that ends for want of exchanges.
func givenUp(ctx context.Context) error {
	if err := context.Cause(ctx); errors.Is(err, errGivenUp) {
		return err
	}
	return nil
}

// limit ends ctx when the time is over that the command line gives.
func (o *options) limit(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	if o.length == 0 {
		return context.WithCancelCause(ctx)
	}
	ctx, over := context.WithTimeout(ctx, o.length)
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, func(cause error) {
		cancel(cause)
		over()
	}
}

// recording is a recorder. A nil *recording records nothing.
type recording struct {
	*history.Recorder
	log *notes
}

// recorder makes what the command line asks for; nil, if that is nothing. The
// database need not be there yet.
func (o *options) recorder(ctx context.Context, log *notes) (*recording, error) {
	if o.db == "" {
		return nil, nil
	}
	pool, err := pgxpool.New(ctx, o.db)
	if err != nil {
		return nil, fmt.Errorf("-db: %w", err)
	}
	name := strings.Join(o.exchanges, "-")
	dir := o.spool
	if dir == "" {
		dir = "spool-" + name
	}
	return &recording{&history.Recorder{
		Name: name, Pool: pool, Dir: dir, Logger: slog.New(slog.NewTextHandler(log, nil)),
	}, log}, nil
}

// run records until ctx ends, or until that cannot go on: it returns why.
func (r *recording) run(ctx context.Context, books []*ticker.Book) error {
	if r == nil {
		return nil
	}
	defer r.Pool.Close()
	return r.Run(ctx, books...)
}

// beside records beside something else, which goes on without it.
func (r *recording) beside(ctx context.Context, books []*ticker.Book) {
	if err := r.run(ctx, books); err != nil && ctx.Err() == nil {
		r.log.printf("nothing is recorded any more: %v", err)
	}
}
