package bitstampsim_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange/bitstamp/bitstampsim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The exchange answers what a client sends, and begins a channel with nothing.
func Example() {
	server := bitstampsim.NewServer(simexchange.Config{Memory: true})
	defer server.Close()
	ctx := context.Background()
	o := server.Options()
	conn, err := o.Connect(ctx, server.WebSocketURL())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	for _, frame := range []string{
		`{"event":"bts:subscribe","data":{"channel":"live_trades_btcusd"}}`,
		`{"event":"bts:subscribe","data":{"channel":"live_trades_BTCUSD"}}`,
		`{"event":"bts:heartbeat"}`,
	} {
		_ = conn.Write(ctx, []byte(frame))
		answer, _ := conn.Read(ctx, nil)
		fmt.Println(string(answer))
	}
	// Output:
	// {"event":"bts:subscription_succeeded","channel":"live_trades_btcusd","data":{}}
	// {"event":"bts:error","channel":"","data":{"code":null,"message":"Invalid channel provided."}}
	// {"event":"bts:heartbeat","channel":"","data":{"status":"success"}}
}

func TestTalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bitstampsim.NewServer(simexchange.Config{Memory: true})
		defer server.Close()
		o := server.Options()
		conn, err := o.Connect(t.Context(), server.WebSocketURL())
		require.NoError(t, err)
		defer conn.Close()
		hear := func() string {
			p, err := conn.Read(t.Context(), nil)
			require.NoError(t, err)
			return string(p)
		}
		ask := func(frame string) string {
			require.NoError(t, conn.Write(t.Context(), []byte(frame)))
			return hear()
		}
		failed := `{"event":"bts:error","channel":"","data":{"code":null,"message":%q}}`
		assert.Equal(t, fmt.Sprintf(failed, "Incorrect JSON format."), ask("hello"))
		assert.Equal(t, fmt.Sprintf(failed, "Bad subscription string."), ask(`{"event":"subscribe","data":{"channel":"order_book_btcusd"}}`))
		assert.Equal(t, fmt.Sprintf(failed, "Invalid channel provided."), ask(`{"event":"bts:subscribe","data":{"channel":"ticker_btcusd"}}`))
		for _, channel := range []string{"diff_order_book_btcusd", "order_book_fooxyz", "order_book_btcusd"} {
			assert.Contains(t, ask(`{"event":"bts:subscribe","data":{"channel":"`+channel+`"}}`), "bts:subscription_succeeded")
		}
		server.Trade("BTC-USD", "1") // not asked for
		u := ticker.Update{Ticker: ticker.Ticker{Market: "BTC-USD"}, Groups: ticker.QuoteGroup}
		u.Quote.Ask, u.Quote.AskSize = decimal.MustParse("2.5"), decimal.MustParse("0.1")
		server.Set(u)
		at := time.Now()
		book := hear()
		assert.Contains(t, book, `"bids":[],"asks":[["2.5","0.10000000"],`)
		assert.LessOrEqual(t, time.Since(at), 250*time.Millisecond)
		assert.Contains(t, ask(`{"event":"bts:unsubscribe","data":{"channel":"order_book_btcusd"}}`), "bts:unsubscription_succeeded")
		server.Quote("BTC-USD", "3", "4")
		time.Sleep(time.Second)
		assert.Contains(t, ask(`{"event":"bts:heartbeat"}`), "success")
	})
}
