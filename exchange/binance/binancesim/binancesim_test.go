package binancesim_test

import (
	"context"
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
	"github.com/tickersync/tickersync/exchange/binance/binancesim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bubble opens a connection at a path.
func bubble(t *testing.T, path string, f func(*testing.T, *simexchange.Server, exchange.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server := binancesim.NewServer(simexchange.Config{Memory: true})
		defer server.Close()
		o := server.Options()
		c, err := o.Connect(t.Context(), strings.TrimSuffix(server.WebSocketURL(), "/stream")+path)
		require.NoError(t, err)
		defer c.Close()
		synctest.Wait() // the server has the connection, too
		f(t, server, c)
	})
}

func send(t *testing.T, c exchange.Conn, format string, args ...any) {
	t.Helper()
	require.NoError(t, c.Write(t.Context(), fmt.Appendf(nil, format, args...)))
}

func read(t *testing.T, c exchange.Conn) string {
	t.Helper()
	p, err := c.Read(t.Context(), nil)
	require.NoError(t, err)
	return string(p)
}

// names writes n stream names of markets that do not exist.
func names(n, from int) string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf(`"x%d@ticker"`, from+i))
	}
	return strings.Join(out, ",")
}

func TestSubscribing(t *testing.T) {
	bubble(t, "/stream", func(t *testing.T, server *simexchange.Server, c exchange.Conn) {
		send(t, c, `{"method":"SUBSCRIBE","params":["ethbtc@bookTicker","ETHBTC@ticker","nosuch@ticker"],"id":7}`)
		assert.JSONEq(t, `{"result":null,"id":7}`, read(t, c), "what does not exist is acknowledged")
		server.Trade("ETH-BTC", "0.05")
		server.Quote("ETH-BTC", "0.05", "0.06")
		assert.Contains(t, read(t, c), `"stream":"ethbtc@bookTicker"`)
		send(t, c, `{"method":"LIST_SUBSCRIPTIONS","id":8}`)
		assert.JSONEq(t, `{"result":["ETHBTC@ticker","ethbtc@bookTicker","nosuch@ticker"],"id":8}`, read(t, c))
		send(t, c, `{"method":"UNSUBSCRIBE","params":["ethbtc@bookTicker"],"id":9}`)
		assert.JSONEq(t, `{"result":null,"id":9}`, read(t, c))
		server.Quote("ETH-BTC", "0.04", "0.05")
		send(t, c, `{"method":"SHOUT","id":10}`)
		assert.Contains(t, read(t, c), `"error"`)
		send(t, c, `nonsense`)
		assert.Contains(t, read(t, c), `"code":2`)
	})
}

func TestRawFramesAndStreamsOfTheAddress(t *testing.T) {
	bubble(t, "/ws/ethbtc@bookTicker", func(t *testing.T, server *simexchange.Server, c exchange.Conn) {
		server.Quote("ETH-BTC", "0.05", "0.06")
		var m map[string]any
		require.NoError(t, json.Unmarshal([]byte(read(t, c)), &m))
		assert.Equal(t, "ETHBTC", m["s"])
		assert.NotContains(t, m, "e")
	})
	bubble(t, "/stream?streams=ethbtc@bookTicker/btcusdt@miniTicker", func(t *testing.T, _ *simexchange.Server, c exchange.Conn) {
		assert.Contains(t, read(t, c), `"24hrMiniTicker"`)
	})
}

func TestFiveMessagesASecond(t *testing.T) {
	bubble(t, "/stream", func(t *testing.T, _ *simexchange.Server, c exchange.Conn) {
		for i := range 20 {
			send(t, c, `{"method":"SUBSCRIBE","params":[%s],"id":%d}`, names(1, i), i)
			read(t, c)
			time.Sleep(201 * time.Millisecond)
		}
		for i := range 6 {
			send(t, c, `{"method":"SUBSCRIBE","params":[%s],"id":%d}`, names(1, i), i)
		}
		ended(t, c, "Too many requests")
	})
}

func ended(t *testing.T, c exchange.Conn, reason string) {
	t.Helper()
	for {
		if _, err := c.Read(t.Context(), nil); err != nil {
			var closed *exchange.CloseError
			require.ErrorAs(t, err, &closed)
			assert.Equal(t, reason, closed.Reason)
			return
		}
	}
}

func Test1024Streams(t *testing.T) {
	bubble(t, "/stream", func(t *testing.T, _ *simexchange.Server, c exchange.Conn) {
		for i := range 4 {
			send(t, c, `{"method":"SUBSCRIBE","params":[%s],"id":1}`, names(256, 256*i))
			assert.JSONEq(t, `{"result":null,"id":1}`, read(t, c))
			time.Sleep(time.Second)
		}
		send(t, c, `{"method":"SUBSCRIBE","params":[%s],"id":2}`, names(1, 1024))
		ended(t, c, "Too many streams")
	})
}

// TestLongMessages: at one of more than 4,096 bytes the server falls silent.
func TestLongMessages(t *testing.T) {
	bubble(t, "/stream", func(t *testing.T, _ *simexchange.Server, c exchange.Conn) {
		send(t, c, `{"method":"SUBSCRIBE","params":[%s],"id":1}`, names(400, 0))
		send(t, c, `{"method":"SUBSCRIBE","params":[%s],"id":2}`, names(1, 0))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := c.Read(ctx, nil)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// TestListedAgain: a subscription to a symbol that is not listed begins when it is.
func TestListedAgain(t *testing.T) {
	bubble(t, "/stream", func(t *testing.T, server *simexchange.Server, c exchange.Conn) {
		server.Delist("ETH-BTC")
		send(t, c, `{"method":"SUBSCRIBE","params":["ethbtc@bookTicker"],"id":1}`)
		read(t, c)
		server.List("ETH-BTC")
		server.Quote("ETH-BTC", "0.05", "0.06")
		assert.Contains(t, read(t, c), "ETHBTC")
	})
}

func TestREST(t *testing.T) {
	server := binancesim.NewServer(simexchange.Config{})
	defer server.Close()
	get := func(path string) (int, http.Header, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.RESTURL()+path, nil)
		require.NoError(t, err)
		resp, err := server.Client().Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		p, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, resp.Header, string(p)
	}
	truth, _ := server.Truth("ETH-BTC")
	for _, path := range []string{"/api/v3/ticker/24hr?symbol=ETHBTC", "/api/v3/ticker/bookTicker?symbol=ETHBTC", "/api/v3/ticker/24hr", "/api/v3/ticker/bookTicker"} {
		status, h, body := get(path)
		assert.Equal(t, http.StatusOK, status)
		assert.NotEmpty(t, h.Get("X-Mbx-Used-Weight-1m"))
		assert.Contains(t, body, truth.Quote.Bid.String())
	}
	status, _, body := get("/api/v3/ticker/24hr?symbol=NOSUCH")
	assert.Equal(t, http.StatusBadRequest, status)
	assert.JSONEq(t, `{"code":-1121,"msg":"Invalid symbol."}`, body)
	status, _, _ = get("/api/v3/nothing")
	assert.Equal(t, http.StatusNotFound, status)
	var weights []int
	for _, r := range server.Requests() {
		weights = append(weights, r.Weight)
	}
	assert.Equal(t, []int{2, 2, 80, 4, 2, 1}, weights)
	for range 80 {
		if status, _, body = get("/api/v3/ticker/24hr"); status != http.StatusOK {
			break
		}
	}
	assert.Equal(t, http.StatusTooManyRequests, status, "6,000 a minute")
	assert.Contains(t, body, "-1003")
}

func ExampleNewServer() {
	server := binancesim.NewServer(simexchange.Config{Markets: []ticker.Market{"BTC-USDT"}})
	defer server.Close()
	server.Trade("BTC-USDT", "90000")
	truth, _ := server.Truth("BTC-USDT")
	fmt.Println(truth.Trade.Price)
	// Output: 90000
}
