package singlesync_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/coinbase"
	"github.com/tickersync/tickersync/internal/flood"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// TestSocketAllocs: from the socket to the Book a message costs no allocation, by us or
// by nhooyr, and whoever watches gets it without one.
func TestSocketAllocs(t *testing.T) {
	products := []string{"ABC-USD", "XYZ-USD", "END-USD"}
	s, err := flood.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `[{"id":"ABC-USD","status":"online"},{"id":"XYZ-USD","status":"online"},{"id":"END-USD","status":"online"}]`)
	}), func(c *flood.Conn, _ []byte) {
		ids, err := json.Marshal(products)
		assert.NoError(t, err)
		assert.NoError(t, c.Write(fmt.Appendf(nil, `{"type":"subscriptions","channels":[{"name":"ticker","product_ids":%s},{"name":"heartbeat","product_ids":%s}]}`, ids, ids)))
		assert.NoError(t, c.Write([]byte(`{"type":"heartbeat","last_trade_id":0,"product_id":"ABC-USD","time":"2026-03-04T05:06:07.089012Z"}`)))
		for _, id := range products {
			assert.NoError(t, c.Play(flood.NewTape(tick(id, "7")), 1))
		}
	})
	require.NoError(t, err)
	defer s.Close()

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var book ticker.Book
	done := make(chan error, 1)
	go func() {
		o := &exchange.Options{RESTURL: s.RESTURL, WebSocketURL: s.URL}
		done <- singlesync.Run(ctx, &book, coinbase.New(o), &singlesync.Options{Audit: -1})
	}()
	require.NoError(t, book.WaitSynced(ctx))
	ended, changes := make(chan uint64), 0
	go func() {
		defer close(ended)
		for c := range book.Watch(ctx) {
			if changes++; c.Market == "END-USD" && c.Trade.Key > 7 {
				ended <- c.Trade.Key
			}
		}
	}()
	const n = 5000
	conn := <-s.Opened()
	last := flood.NewTape(tick("END-USD", "##########"))
	tape := flood.NewTape(slices.Repeat([][]byte{tick("ABC-USD", "##########"), tick("XYZ-USD", "##########")}, 100)...)
	tell := func() uint64 {
		require.NoError(t, conn.Play(tape, n))
		require.NoError(t, conn.Play(last, 1))
		return <-ended
	}
	tell()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	key := tell()
	runtime.ReadMemStats(&after)
	assert.Equal(t, last.ID(), key)
	assert.Less(t, after.Mallocs-before.Mallocs, uint64(n/10), "for %d messages", n)
	held, _ := book.Get("XYZ-USD")
	assert.Equal(t, tape.ID(), held.Trade.Key)
	assert.Zero(t, book.Status().Bad)
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	<-ended
	assert.Greater(t, changes, 3)
}

// tick is a ticker of Coinbase about the day of a product.
func tick(product, id string) []byte {
	return fmt.Appendf(nil, `{"type":"ticker","sequence":51234567890,"product_id":%q,"price":"17.0450","open_24h":"16.9","volume_24h":"120345.67800000",`+
		`"low_24h":"16.5","high_24h":"17.25","volume_30d":"4000000.00000000","best_bid":"17.0440","best_bid_size":"0.50","best_ask":"17.0460",`+
		`"best_ask_size":"12.25000000","side":"buy","time":"@@@@@@@@@@@@@@@@@@@@@@@@@@@","trade_id":%s,"last_size":"0.00700000"}`, product, id)
}
