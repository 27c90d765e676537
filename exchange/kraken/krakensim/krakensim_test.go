package krakensim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/kraken/krakensim"
	"github.com/tickersync/tickersync/exchange/simexchange"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func bubble(t *testing.T, f func(*testing.T, *simexchange.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server := krakensim.NewServer(simexchange.Config{Memory: true})
		defer server.Close()
		f(t, server)
	})
}

func dial(t *testing.T, server *simexchange.Server) exchange.Conn {
	t.Helper()
	o := server.Options()
	c, err := o.Connect(t.Context(), o.WebSocketURL)
	require.NoError(t, err)
	assert.Contains(t, next(t, c), `"connection_id":13834774380200032777`)
	return c
}

// next reads a frame, without the times in it.
func next(t *testing.T, c exchange.Conn) string {
	t.Helper()
	p, err := c.Read(t.Context(), nil)
	require.NoError(t, err)
	require.True(t, json.Valid(p), "%s", p)
	return regexp.MustCompile(`"time_(in|out)":"[^"]*",?`).ReplaceAllString(string(p), "")
}

// TestSubscribing: each symbol is answered by itself.
func TestSubscribing(t *testing.T) {
	bubble(t, func(t *testing.T, server *simexchange.Server) {
		c := dial(t, server)
		defer c.Close()
		for _, step := range []struct {
			send string
			want []string
		}{
			{`{"method":"subscribe","params":{"channel":"ticker","symbol":["BTC/EUR","XBT/EUR","NO/NO"],"snapshot":false},"req_id":9}`, []string{
				`{"method":"subscribe","result":{"channel":"ticker","event_trigger":"trades","snapshot":false,"symbol":"BTC/EUR"},"success":true,"req_id":9}`,
				`{"error":"Currency pair not supported XBT/EUR","method":"subscribe","success":false,"symbol":"XBT/EUR","req_id":9}`,
				`{"error":"Currency pair not supported NO/NO","method":"subscribe","success":false,"symbol":"NO/NO","req_id":9}`,
			}},
			{`{"method":"subscribe","params":{"channel":"ticker","symbol":["BTC/EUR"]}}`, []string{
				`{"error":"Already subscribed","method":"subscribe","success":false,"symbol":"BTC/EUR",}`,
			}},
			{`{"method":"unsubscribe","params":{"channel":"ticker","symbol":["BTC/EUR","ETH/USD"]}}`, []string{
				`{"method":"unsubscribe","result":{"channel":"ticker","event_trigger":"trades","snapshot":false,"symbol":"BTC/EUR"},"success":true,}`,
				`{"error":"Subscription Not Found","method":"unsubscribe","success":false,"symbol":"ETH/USD",}`,
			}},
			{`{"method":"subscribe","params":{"channel":7}}`, []string{`{"error":"Channel field must be a string","method":"subscribe","success":false,}`}},
			{`{"method":"subscribe","params":{"channel":"tickr"}}`, []string{`{"error":"Unsupported channel","method":"subscribe","success":false,}`}},
			{`{"method":"subscribe","params":{"channel":"ticker","event_trigger":"x"}}`, []string{`{"error":"Unsupported event_trigger","method":"subscribe","success":false,}`}},
			{`{"method":"dance"}`, []string{`{"error":"Unsupported method","method":"dance","success":false,}`}},
			{`{`, []string{`{"error":"Malformed request","method":"","success":false,}`}},
			{`{"method":"ping","req_id":101}`, []string{`{"method":"pong","req_id":101,}`}},
		} {
			require.NoError(t, c.Write(t.Context(), []byte(step.send)))
			for _, want := range step.want {
				got := next(t, c)
				assert.Equal(t, trimmed(want), trimmed(got), step.send)
			}
		}
	})
}

// trimmed leaves out the comma that the times have left.
func trimmed(s string) string { return regexp.MustCompile(`,}$`).ReplaceAllString(s, "}") }

// TestDefaultTrigger: without event_trigger bbo quotes are not told as they change.
func TestDefaultTrigger(t *testing.T) {
	bubble(t, func(t *testing.T, server *simexchange.Server) {
		c := dial(t, server)
		defer c.Close()
		require.NoError(t, c.Write(t.Context(), []byte(`{"method":"subscribe","params":{"channel":"ticker","symbol":["BTC/EUR"]}}`)))
		assert.Contains(t, next(t, c), `"event_trigger":"trades"`)
		assert.Contains(t, next(t, c), `"type":"snapshot"`)
		server.Quote("BTC-EUR", "1", "2")
		start := time.Now()
		assert.Equal(t, `{"channel":"heartbeat"}`, next(t, c))
		assert.LessOrEqual(t, time.Since(start), 2*time.Second)
	})
}

// TestREST: one unknown pair of several fails the whole, with status 200.
func TestREST(t *testing.T) {
	bubble(t, func(t *testing.T, server *simexchange.Server) {
		get := func(path string) (int, string) {
			resp, err := server.Client().Get(server.RESTURL() + path)
			require.NoError(t, err)
			defer resp.Body.Close()
			p, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			time.Sleep(time.Second)
			return resp.StatusCode, string(p)
		}
		for path, want := range map[string]string{
			"/public/Ticker?pair=XBTEUR,NONO":               `^{"error":\["EQuery:Unknown asset pair"\]}$`,
			"/public/Ticker?pair=":                          `^{"error":\["EQuery:Unknown asset pair"\]}$`,
			"/public/Nothing":                               `^{"error":\["EGeneral:Unknown method"\]}$`,
			"/public/Ticker?pair=XBTEUR":                    `^{"error":\[\],"result":{"XXBTZEUR":{"a":\[`,
			"/public/Ticker?pair=XXBTZEUR":                  `^{"error":\[\],"result":{"XXBTZEUR":{"a":\[`,
			"/public/Ticker?pair=XBT/EUR&assetVersion=1":    `^{"error":\[\],"result":{"BTC\\/EUR":{"a":\[`,
			"/public/Ticker?pair=USDTUSD,XDGEUR":            `"USDTZUSD":.*"XDGEUR":`,
			"/public/Ticker?pair=XDGXBT,EURUSD,ADAETH":      `"XXDGXXBT":.*"ZEURZUSD":.*"ADAETH":`,
			"/public/AssetPairs":                            `"XXBTZEUR":{"altname":"XBTEUR","wsname":"XBT\\/EUR".*"XXBTZEUR.d":{"altname":"XBTEUR.d","aclass_base"`,
			"/public/AssetPairs?assetVersion=1&info=margin": `"BTC\\/EUR":{"altname":"XBTEUR","wsname":"XBT\\/EUR"`,
		} {
			status, body := get(path)
			assert.Equal(t, http.StatusOK, status, path)
			assert.True(t, json.Valid([]byte(body)), path)
			assert.Regexp(t, want, body, path)
		}
		for range 5 { // faster than one a second
			resp, err := server.Client().Get(server.RESTURL() + "/public/Ticker")
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
		}
		assert.Positive(t, server.Counts().Limited)
		resp, err := server.Client().Get(server.RESTURL() + "/public/Ticker")
		require.NoError(t, err)
		defer resp.Body.Close()
		p, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		assert.JSONEq(t, `{"error":["EGeneral:Too many requests"]}`, string(p))
		assert.Equal(t, http.StatusOK, resp.StatusCode)
	})
}
