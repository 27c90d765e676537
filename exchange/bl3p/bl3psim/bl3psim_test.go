package bl3psim_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange/bl3p"
	"github.com/tickersync/tickersync/exchange/bl3p/bl3psim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func Example() {
	server := bl3psim.NewServer(simexchange.Config{Memory: true})
	defer server.Close()
	source := bl3p.New(&bl3p.Options{Options: server.Options()})

	server.Trade("BTC-EUR", "34567.0125")
	ms, _ := source.Markets(context.Background())
	u, err := source.Fetch(context.Background(), ms[0])
	fmt.Println(u.Market, u.Trade.Price, err)
	// Output: BTC-EUR 34567.0125 <nil>
}

func TestFrames(t *testing.T) {
	for old, want := range map[bool][]string{
		false: {
			`{"date":946684800,"marketplace":"BTCEUR","price_int":3456701250,"type":"sell","amount_int":100000000}`,
			`{"marketplace":"BTCEUR","asks":[],"bids":[]}`,
		},
		true: {
			`{"date":946684800,"price_int":3456701250,"type":"sell","amount_int":100000000}`,
			`{"asks":[],"bids":[]}`,
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			server, err := simexchange.Start(simexchange.Config{Memory: true}, &bl3psim.Dialect{Old: old})
			require.NoError(t, err)
			defer server.Close()
			o := server.Options()
			o.PingEvery = -1
			for i, channel := range []string{"trades", "orderbook"} {
				conn, err := o.Connect(t.Context(), server.WebSocketURL()+"/BTCEUR/"+channel)
				require.NoError(t, err)
				synctest.Wait()
				server.Trade("BTC-EUR", "34567.0125")
				server.Set(ticker.Update{Ticker: ticker.Ticker{Market: "BTC-EUR"}, Groups: ticker.QuoteGroup}) // empty
				p, err := conn.Read(t.Context(), nil)
				require.NoError(t, err)
				assert.Equal(t, want[i], string(p))
				require.NoError(t, conn.Close())
			}
		})
	}
}

func TestPaths(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := bl3psim.NewServer(simexchange.Config{Memory: true})
		defer server.Close()
		for path, want := range map[string]string{
			"/BTCEUR/ticker": `{"currency":"BTC"`, "/BTCEUR/ticker/": "UNKNOWN_PATH", "/BTCEUR/tickers": "UNKNOWN_PATH",
			"/BTCUSD/ticker": "UNKNOWN_PATH", "/XMREUR/ticker": "UNKNOWN_MARKETPLACE", "": "UNKNOWN_PATH",
		} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.RESTURL()+path, nil)
			require.NoError(t, err)
			resp, err := server.Client().Do(req)
			require.NoError(t, err)
			body, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			assert.Contains(t, string(body), want, path)
		}
		o := server.Options()
		for path, want := range map[string]string{
			"/BTCEUR/trades/": "status 400", "/BTCEUR/ticker": "status 400", "": "status 400", "/XMREUR/orderbook": "status 404",
		} {
			_, err := o.Connect(t.Context(), server.WebSocketURL()+path)
			require.ErrorContains(t, err, want, path)
		}
	})
	assert.Panics(t, func() { bl3psim.NewServer(simexchange.Config{RESTAddr: "127.0.0.1:no"}) })
}
