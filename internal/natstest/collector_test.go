package natstest_test

import (
	"context"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/tickersync/tickersync/exchange/natskv"
	"github.com/tickersync/tickersync/internal/natstest"
	"github.com/tickersync/tickersync/ticker"
)

const bucket = "tickers"

// collector is one process that holds the exchange's connections and publishes.
type collector struct {
	t       testing.TB
	id      string
	proxy   *natstest.Proxy
	connect func() *nats.Conn
	opts    natskv.Options
	engine  func(context.Context, *ticker.Book) error

	nc         *nats.Conn
	book       *ticker.Book
	publishing func() // ends Publish, and waits for it
	stop       func() // ends all of it, and waits
}

// start begins with a Book that knows nothing.
func (c *collector) start(ctx context.Context) {
	c.nc, c.book = c.connect(), new(ticker.Book)
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { _ = c.engine(ctx, c.book) })
	c.publish(ctx)
	c.stop = func() {
		cancel()
		c.publishing()
		wg.Wait()
		c.nc.Close()
	}
}

// publish begins a Publish of the Book.
func (c *collector) publish(ctx context.Context) {
	all := ctx
	ctx, cancel := context.WithCancel(ctx)
	js, book, opts := natstest.JetStream(c.t, c.nc), c.book, c.opts
	opts.Bucket, opts.ID = bucket, c.id
	var wg sync.WaitGroup
	wg.Go(func() {
		err := natskv.Publish(ctx, book, js, &opts)
		if ctx.Err() == nil && all.Err() == nil {
			c.t.Errorf("%s: Publish ended: %v", c.id, err)
		}
	})
	c.publishing = func() {
		cancel()
		wg.Wait()
	}
}

// kill ends a collector as a power cut does: nothing more of it reaches the server.
func (c *collector) kill() {
	c.proxy.Down()
	c.stop()
	_ = c.proxy.Up()
}
