package coinblockprosim

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestFloat: as Python 3.11 printed repr(float(...)) of each.
func TestFloat(t *testing.T) {
	for number, want := range map[string]string{
		"7533.094": "7533.094", "1": "1.0", "10.00": "10.0", "120": "120.0", "0.5": "0.5", "0.001": "0.001",
		"0.0001": "0.0001", "0.00010": "0.0001", "0.00001": "1e-05", "0.0000123": "1.23e-05",
		"0.00000000001234567": "1.234567e-11", "1234567.89": "1234567.89", "100000": "100000.0",
		"1000000000000000": "1000000000000000.0", "10000000000000000": "1e+16", "15000000000000000": "1.5e+16",
		"0": "0.0", "-2.5": "-2.5", "-0.00002": "-2e-05",
	} {
		assert.Equal(t, want, string(appendFloat(nil, decimal.MustParse(number))))
	}
}

func TestDict(t *testing.T) {
	a, b := ticker.Ticker{Market: "ETC-DOT"}, ticker.Ticker{Market: "BTC-LTC"}
	a.Trade.Price, b.Trade.Price = decimal.MustParse("7533.094"), decimal.MustParse("0.00002")
	assert.Equal(t, `{'etc_dot': 7533.094, 'btc_ltc': 2e-05}`, string(appendDict(nil, []ticker.Ticker{a, b}, '\'')))
	assert.Equal(t, `{"etc_dot": 7533.094}`, string(appendDict(nil, []ticker.Ticker{a}, '"')))
	assert.Equal(t, `{}`, string(appendDict(nil, nil, '"')))
}

// frames runs a server and returns what it sends on a connection.
func frames(t *testing.T, d Dialect, do func(*simexchange.Server)) (out []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server, err := simexchange.Start(simexchange.Config{Memory: true, Seed: 5}, d)
		require.NoError(t, err)
		defer server.Close()
		o := server.Options()
		o.PingEvery = -1
		conn, err := o.Connect(t.Context(), server.WebSocketURL())
		require.NoError(t, err)
		defer conn.Close()
		synctest.Wait()
		do(server)
		server.Hangup(1000, "")
		for {
			p, err := conn.Read(t.Context(), nil)
			if err != nil {
				return
			}
			out = append(out, string(p))
		}
	})
	return out
}

func TestFrames(t *testing.T) {
	set := func(s *simexchange.Server) {
		one := ticker.Update{Ticker: ticker.Ticker{Market: "BTC-LTC"}, Groups: ticker.TradeGroup}
		one.Trade.Price = decimal.MustParse("1.5")
		two := one
		two.Market = "EUR-USD"
		s.Set(one, two)
	}
	got := frames(t, Dialect{}, set)
	assert.Equal(t, []string{`{'btc_ltc': 1.5, 'eur_usd': 1.5}`}, got)
	got = frames(t, Dialect{JSON: true}, set)
	assert.Equal(t, []string{`{"btc_ltc": 1.5, "eur_usd": 1.5}`}, got)
}

// TestBegin: what happens before a connection's beginning is not told on it.
func TestBegin(t *testing.T) {
	got := frames(t, Dialect{Begin: time.Second}, func(s *simexchange.Server) {
		for range 1000 {
			s.Tick("BTC-LTC")
			time.Sleep(time.Millisecond)
		}
	})
	assert.NotEmpty(t, got)
	assert.Less(t, len(got), 1000)
}

func TestREST(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := NewServer(simexchange.Config{Memory: true})
		defer server.Close()
		for path, want := range map[string]int{
			"/full_ticker": 200, "/single_ticker?market=eur_usd": 200, "/single_ticker?market=EUR-USD": 404,
			"/single_ticker?market=usd_eur": 404, "/single_ticker": 404, "/": 404, "/ticker_feed": 404,
		} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.RESTURL()+path, nil)
			require.NoError(t, err)
			resp, err := server.Client().Do(req)
			require.NoError(t, err)
			_ = resp.Body.Close()
			assert.Equal(t, want, resp.StatusCode, path)
		}
		o := server.Options()
		_, err := o.Connect(t.Context(), "ws://simexchange/elsewhere")
		require.ErrorContains(t, err, "404")
	})
}

func TestNewServerPanics(t *testing.T) {
	assert.Panics(t, func() { NewServer(simexchange.Config{RESTAddr: "127.0.0.1:no"}) })
}
