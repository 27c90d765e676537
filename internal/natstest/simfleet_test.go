package natstest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/exchangetest"
	"github.com/tickersync/tickersync/exchange/natskv"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/internal/natstest"
	"github.com/tickersync/tickersync/ticker"
)

// fleet is a server, one or two collectors and a reader, each behind a proxy.
type fleet struct {
	near       *exchangetest.Near
	server     *natstest.Server
	collectors []*collector
	reader     *natstest.Proxy
	admin      jetstream.JetStream // for who spoils the bucket
	slow       atomic.Int64        // how long the reader takes for a frame, at most
}

// runFleet brings a Book from the exchange to far by way of NATS.
func runFleet(ctx context.Context, far *ticker.Book, near *exchangetest.Near) error {
	f := &fleet{near: near, server: natstest.Serve(near.T, natstest.InMemory)}
	f.reader = natstest.Between(near.T, f.server)
	f.admin = natstest.JetStream(near.T, natstest.Connect(near.T, "", nats.InProcessServer(f.server)))
	var wg sync.WaitGroup
	defer wg.Wait()
	for i := range 1 + near.Rand.IntN(2) {
		c := inMemory(near.T, f.server, fmt.Sprintf("collector %d of seed %d", i, near.Seed), near.Run)
		c.start(ctx)
		f.collectors = append(f.collectors, c)
	}
	reading := natstest.JetStream(near.T, natstest.Connect(near.T, "", nats.InProcessServer(f.reader)))
	wg.Go(func() {
		f.misfortunes(ctx)
		<-ctx.Done()
		for _, c := range f.collectors {
			c.stop()
		}
	})
	return fullsync.Run(ctx, far, &slowSource{natskv.NewSource(reading, bucket, nil), f}, nil)
}

// slowSource reads as slowly as the fleet says.
type slowSource struct {
	*natskv.Source
	fleet *fleet
}

func (s *slowSource) Connect(ctx context.Context, ms []exchange.Listing) (exchange.Stream, error) {
	st, err := s.Source.Connect(ctx, ms)
	if err != nil {
		return st, err
	}
	return &slowStream{st, st.(exchange.Subscriber), s.fleet}, nil
}

type slowStream struct {
	exchange.Stream
	exchange.Subscriber
	fleet *fleet
}

func (s *slowStream) Read(ctx context.Context, dst []ticker.Update) ([]ticker.Update, error) {
	if most := s.fleet.slow.Load(); most > 0 {
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(rand.Int64N(most))):
		}
	}
	return s.Stream.Read(ctx, dst)
}

// inMemory makes a collector behind a proxy of its own.
func inMemory(t testing.TB, s *natstest.Server, id string, engine func(context.Context, *ticker.Book) error) *collector {
	c := &collector{t: t, id: id, engine: engine, proxy: natstest.Between(t, s)}
	c.connect = func() *nats.Conn { return natstest.Connect(t, "", nats.InProcessServer(c.proxy)) }
	return c
}
