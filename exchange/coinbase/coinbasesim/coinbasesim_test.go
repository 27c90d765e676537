package coinbasesim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func bubble(t *testing.T, d *Dialect, f func(*testing.T, *simexchange.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, err := simexchange.Start(simexchange.Config{Memory: true}, d)
		require.NoError(t, err)
		defer s.Close()
		f(t, s)
	})
}

func connect(t *testing.T, s *simexchange.Server) exchange.Conn {
	t.Helper()
	o := s.Options()
	c, err := o.Connect(t.Context(), s.WebSocketURL())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// read reads a frame.
func read(t *testing.T, c exchange.Conn) map[string]any {
	t.Helper()
	p, err := c.Read(t.Context(), nil)
	require.NoError(t, err)
	var m map[string]any
	require.NoError(t, json.Unmarshal(p, &m))
	return m
}

// TestLateSubscribe ends the connection after five seconds.
func TestLateSubscribe(t *testing.T) {
	bubble(t, &Dialect{}, func(t *testing.T, s *simexchange.Server) {
		c := connect(t, s)
		began := time.Now()
		_, err := c.Read(t.Context(), nil)
		require.Error(t, err)
		assert.Equal(t, 5*time.Second, time.Since(began))
	})
}

// TestRefusals are in the words of the exchange.
func TestRefusals(t *testing.T) {
	bubble(t, &Dialect{}, func(t *testing.T, s *simexchange.Server) {
		s.Delist("DOGE-USD")
		c := connect(t, s)
		for frame, want := range map[string]string{
			`{"type":"subscribe","product_ids":["BTC-USD"],"channels":[{"name":"ticker"}]}`: "Failed to subscribe:  is not a valid product",
			`{"type":"subscribe","channels":["heartbeat"]}`:                                 "Failed to subscribe: You need to specify at least one product ID for channel heartbeat",
			`{"type":"subscribe","product_ids":["BTC-USD"],"channels":[]}`:                  "Failed to subscribe: No channels provided",
			`{"type":"subscribe","product_ids":["BTC-USD"],"channels":["level2"]}`:          "Failed to subscribe: level2 is not a valid channel",
			`{"type":"subscribe","product_ids":["NO-USD"],"channels":["ticker"]}`:           "Failed to subscribe: NO-USD is not a valid product",
			`{"type":"subscribe","product_ids":["DOGE-USD"],"channels":["ticker"]}`:         "Failed to subscribe: DOGE-USD is delisted",
			`{"type":"hello"}`: "Type has to be either subscribe or unsubscribe: <nil>",
			`hello`:            "Malformed JSON: <nil>",
		} {
			require.NoError(t, c.Write(t.Context(), []byte(frame)))
			m := read(t, c)
			assert.Equal(t, "error", m["type"])
			assert.Equal(t, want, fmt.Sprintf("%v: %v", m["message"], m["reason"]))
		}
	})
}

// TestSubscriptions: each form; the acknowledgement names all there is; the last
// trade's ticker comes; heartbeats come each second.
func TestSubscriptions(t *testing.T) {
	bubble(t, &Dialect{}, func(t *testing.T, s *simexchange.Server) {
		c := connect(t, s)
		require.NoError(t, c.Write(t.Context(), []byte(`{"type":"subscribe","channels":[{"name":"ticker","product_ids":["BTC-EUR"]}]}`)))
		types := []string{read(t, c)["type"].(string), read(t, c)["type"].(string)}
		assert.ElementsMatch(t, []string{"subscriptions", "ticker"}, types)
		require.NoError(t, c.Write(t.Context(), []byte(`{"type":"subscribe","product_ids":["BTC-EUR"],"channels":["heartbeat"]}`)))
		m := read(t, c)
		assert.Equal(t, "subscriptions", m["type"])
		assert.Len(t, m["channels"], 2)
		truth, _ := s.Truth("BTC-EUR")
		for range 3 {
			m = read(t, c)
			assert.Equal(t, "heartbeat", m["type"])
			assert.EqualValues(t, truth.Trade.Key, m["last_trade_id"])
			assert.Equal(t, time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"), m["time"])
		}
		require.NoError(t, c.Write(t.Context(), []byte(`{"type":"unsubscribe","product_ids":["BTC-EUR"],"channels":["ticker","heartbeat"]}`)))
		assert.Empty(t, read(t, c)["channels"])
		s.Trade("BTC-EUR", "7")
		s.Hangup(1000, "")
		_, err := c.Read(t.Context(), nil)
		require.Error(t, err)
	})
}

// TestTooManyFrames: a hundred a second.
func TestTooManyFrames(t *testing.T) {
	bubble(t, &Dialect{}, func(t *testing.T, s *simexchange.Server) {
		c := connect(t, s)
		for range 101 {
			if c.Write(t.Context(), []byte(`{"type":"x"}`)) != nil {
				break
			}
		}
		for {
			if _, err := c.Read(t.Context(), nil); err != nil {
				assert.ErrorContains(t, err, "ErrSlowRead")
				return
			}
		}
	})
}

// TestTooManyConnections: twenty at once.
func TestTooManyConnections(t *testing.T) {
	bubble(t, &Dialect{}, func(t *testing.T, s *simexchange.Server) {
		for range 20 {
			connect(t, s)
		}
		o := s.Options()
		_, err := o.Connect(t.Context(), s.WebSocketURL())
		var limit *exchange.RateLimitError
		require.ErrorAs(t, err, &limit)
		_, err = o.Connect(t.Context(), s.WebSocketURL()+"/elsewhere")
		require.ErrorContains(t, err, "404")
	})
}

func TestREST(t *testing.T) {
	bubble(t, &Dialect{Gone: 400}, func(t *testing.T, s *simexchange.Server) {
		s.Delist("DOGE-USD")
		s.Halt("ETH-USD")
		for path, want := range map[string]string{
			"/products":                 `200 "base_currency":"BTC"`,
			"/products/BTC-USD/ticker":  `200 "trade_id":`,
			"/products/NO-USD/ticker":   `404 {"message":"NotFound"}`,
			"/products/BTC-USD":         `404 {"message":"NotFound"}`,
			"/ticker":                   `404 {"message":"NotFound"}`,
			"/products/DOGE-USD/ticker": `400 {"message":"Not allowed for delisted products"}`,
		} {
			assert.Contains(t, get(t, s, path, "test"), want[4:], path)
			assert.Contains(t, get(t, s, path, "test"), want[:3], path)
		}
		assert.Equal(t, `400 {"message":"User-Agent header is required."}`, get(t, s, "/products", ""))
		list := get(t, s, "/products", "test")
		assert.Contains(t, list, `"id":"BTCAUCTION-USD"`)
		assert.NotContains(t, list, `"base_currency":"BTCAUCTION"`)
		assert.Equal(t, 1, strings.Count(list, `"trading_disabled":true`))
		for range 15 {
			get(t, s, "/products", "test")
		}
		assert.Equal(t, `429 {"message":"Too Many Requests"}`, get(t, s, "/products", "test"))
	})
}

func get(t *testing.T, s *simexchange.Server, path, agent string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.RESTURL()+path, nil)
	require.NoError(t, err)
	req.Header["User-Agent"] = nil
	if agent != "" {
		req.Header.Set("User-Agent", agent)
	}
	resp, err := s.Client().Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return fmt.Sprintf("%d %s", resp.StatusCode, body)
}

func TestNewServerPanics(t *testing.T) {
	assert.Panics(t, func() { NewServer(simexchange.Config{RESTAddr: "127.0.0.1:no"}) })
}
