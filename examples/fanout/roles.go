package main

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"

	"github.com/tickersync/tickersync/exchange/natskv"
	"github.com/tickersync/tickersync/fullsync"
)

// publish is what a collector and a stand-by do: keep a Book of the exchange, and
// publish it. Which of them is active they settle by a lease in the bucket.
func publish(ctx context.Context, o *options, r *reporter) error {
	nc, js, err := connect(o)
	if err != nil {
		return err
	}
	defer nc.Close()
	src := source(o, r)
	return together(ctx, r,
		func(ctx context.Context) error {
			return fullsync.Run(ctx, &r.book, src, r.engine())
		},
		func(ctx context.Context) error {
			return natskv.Publish(ctx, &r.book, js, &natskv.Options{
				Bucket: o.bucket, ID: o.id, Replicas: o.replicas, Logger: r.logger(),
			})
		})
}

// read is what a reader does: it keeps the Book as from any exchange.
func read(ctx context.Context, o *options, r *reporter) error {
	nc, js, err := connect(o)
	if err != nil {
		return err
	}
	defer nc.Close()
	src := natskv.NewSource(js, o.bucket, &natskv.Options{Logger: r.logger()})
	return together(ctx, r, func(ctx context.Context) error {
		return fullsync.Run(ctx, &r.book, src, r.engine())
	})
}

// engine has Run log what it does, unless it is told by how the Book stands.
func (r *reporter) engine() *fullsync.Options {
	if r.child {
		return nil
	}
	return &fullsync.Options{Logger: r.logger()}
}

// together does everything, and tells of the Book, until ctx ends, which is no error,
// or one thing fails.
func together(ctx context.Context, r *reporter, things ...func(context.Context) error) error {
	g, inner := errgroup.WithContext(ctx)
	for _, f := range things {
		g.Go(func() error { return f(inner) })
	}
	g.Go(func() error {
		r.tell(inner)
		return nil
	})
	if err := g.Wait(); ctx.Err() == nil {
		return err
	}
	return nil
}

// obey does what the program that started this one says, line by line, and ends this
// one with it: however that ends, its end of the pipe is closed.
func obey(in io.Reader, end func(), r *reporter) {
	defer end()
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if lines.Text() == bookLine {
			r.all()
		} else {
			r.logger().Warn(fmt.Sprintf("what is %q?", lines.Text()))
		}
	}
}
