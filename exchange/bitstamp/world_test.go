package bitstamp_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/bitstamp"
	"github.com/tickersync/tickersync/exchange/bitstamp/bitstampsim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/ticker"
)

// world is a simulated exchange and the adapter on it.
type world struct {
	*testing.T
	sim *simexchange.Server
	o   exchange.Options
	src *bitstamp.Source
}

func bubble(t *testing.T, d bitstampsim.Dialect, cfg simexchange.Config, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg.Memory = true
		sim, err := simexchange.Start(cfg, d)
		require.NoError(t, err)
		defer sim.Close()
		w := &world{T: t, sim: sim, o: sim.Options()}
		w.src = bitstamp.New(&w.o)
		defer w.src.CloseIdleConnections()
		f(w)
	})
}

func listing(m ticker.Market) exchange.Listing {
	symbol := strings.ToLower(strings.ReplaceAll(string(m), "-", ""))
	return exchange.Listing{Market: m, Symbol: symbol, RESTSymbol: symbol, Trading: true}
}

func (w *world) connect(ls ...exchange.Listing) exchange.Stream {
	w.Helper()
	s, err := w.src.Connect(w.Context(), ls)
	require.NoError(w, err)
	w.Cleanup(func() { _ = s.Close() })
	return s
}

// read returns the next update.
func (w *world) read(s exchange.Stream) ticker.Update {
	w.Helper()
	for {
		us, err := s.Read(w.Context(), nil)
		require.NoError(w, err)
		if len(us) > 0 {
			require.Len(w, us, 1)
			return us[0]
		}
	}
}

// run keeps a Book until the test is over.
func (w *world) run() *ticker.Book {
	book := new(ticker.Book)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- fullsync.Run(ctx, book, w.src, nil) }()
	w.Cleanup(func() {
		cancel()
		assert.ErrorIs(w, <-done, context.Canceled)
	})
	return book
}

// raw is a connection without the adapter.
func (w *world) raw() exchange.Conn {
	w.Helper()
	c, err := w.o.Connect(w.Context(), w.o.WebSocketURL)
	require.NoError(w, err)
	w.Cleanup(func() { _ = c.Close() })
	return c
}
