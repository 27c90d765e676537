package simexchange_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

const one = "/single_ticker?market=btc_ltc"

// TestFailures: each is what it says on the wire, and an error for the adapter.
func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		failure simexchange.Failure
		status  int
		header  string
		body    string
		err     string
	}{
		"status":          {simexchange.Status(500), 500, "", "Internal Server Error\n", "status 500"},
		"limited":         {simexchange.Limited(""), 429, "", "Too Many Requests\n", "rate limit hit: status 429"},
		"limited seconds": {simexchange.Limited("7"), 429, "7", "Too Many Requests\n", "retry after 7s"},
		"banned":          {simexchange.Banned("3"), 418, "3", "I'm a teapot\n", "retry after 3s"},
		"html":            {simexchange.HTML(), 200, "", "<!doctype html><title>Just a moment...</title>", "HTML"},
		"no result":       {simexchange.NoResult(), 200, "", `{"nothing":[]}`, "without result"},
		"redirect":        {simexchange.Redirect("http://example.com/"), 302, "", "", "redirected elsewhere"},
		"null":            {simexchange.Body(200, "application/json", `{"result":null}`), 200, "", `{"result":null}`, "no dict"},
		"other market":    {simexchange.Body(200, "application/json", `{"result":{"btc_eth": 1.5}}`), 200, "", `{"result":{"btc_eth": 1.5}}`, "unknown market"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, simexchange.Config{}, nil, func(t *testing.T, server *simexchange.Server) {
				server.Fail(2, c.failure)
				status, header, body := get(t, server, one)
				assert.Equal(t, c.status, status)
				assert.Equal(t, c.header, header.Get("Retry-After"))
				assert.Equal(t, c.body, body)
				source := adapter(server)
				l := exchange.Listing{Market: "BTC-LTC", RESTSymbol: "btc_ltc"}
				_, err := source.Fetch(t.Context(), l)
				require.ErrorContains(t, err, c.err)
				_, err = source.Fetch(t.Context(), l)
				require.NoError(t, err, "only two fail")
			})
		})
	}
}

// TestUnending: answers that never come, never end, or end too soon.
func TestUnending(t *testing.T) {
	for name, failure := range map[string]simexchange.Failure{
		"hang": simexchange.Hang(), "endless": simexchange.Endless(), "cut": simexchange.Cut(),
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, simexchange.Config{}, nil, func(t *testing.T, server *simexchange.Server) {
				server.Fail(1, failure)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_, err := adapter(server).Snapshot(ctx)
				require.Error(t, err)
				require.NoError(t, ctx.Err(), "the adapter has bounds of its own")
				us, err := adapter(server).Snapshot(ctx)
				require.NoError(t, err)
				require.Len(t, us, 45)
			})
		})
	}
	t.Run("closing while it hangs", func(t *testing.T) {
		bubble(t, simexchange.Config{}, nil, func(t *testing.T, server *simexchange.Server) {
			server.Fail(-1, simexchange.Hang())
			failed := make(chan error)
			go func() {
				_, err := adapter(server).Snapshot(context.Background())
				failed <- err
			}()
			synctest.Wait()
			server.Close()
			require.Error(t, <-failed)
			server.Close()
		})
	})
}

func TestFailPaths(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, server *simexchange.Server) {
		server.Fail(-1, simexchange.Status(503), "market=btc_ltc", "full")
		for range 3 {
			status, _, _ := get(t, server, one)
			assert.Equal(t, 503, status)
			status, _, _ = get(t, server, "/single_ticker?market=btc_eth")
			assert.Equal(t, 200, status)
		}
		server.Fail(0, simexchange.Failure{})
		status, _, _ := get(t, server, one)
		assert.Equal(t, 200, status)
		var got []int
		for _, q := range server.Requests() {
			got = append(got, q.Status)
		}
		assert.Equal(t, []int{503, 200, 503, 200, 503, 200, 200}, got)
	})
}

// TestHold: the answer is of the moment it was read, not of that it was sent.
func TestHold(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, server *simexchange.Server) {
		server.Trade("BTC-LTC", "10")
		release := server.Hold(1, "single")
		got := make(chan ticker.Update)
		go func() {
			u, err := adapter(server).Fetch(t.Context(), exchange.Listing{Market: "BTC-LTC", RESTSymbol: "btc_ltc"})
			assert.NoError(t, err)
			got <- u
		}()
		synctest.Wait()
		server.Trade("BTC-LTC", "20")
		_, _, body := get(t, server, one)
		assert.JSONEq(t, `{"result": {"btc_ltc": 20}}`, body, "only one is held")
		release()
		release()
		u := <-got
		assert.Equal(t, "10", u.Trade.Price.String())
	})
}

// TestCache: values and the list are old, and the headers say so or not.
func TestCache(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, server *simexchange.Server) {
		time.Sleep(time.Minute)
		server.Trade("BTC-LTC", "10")
		time.Sleep(5 * time.Second)
		server.Trade("BTC-LTC", "20")
		server.List("NEW-COIN")
		server.CacheREST(1500*time.Millisecond, true)
		_, header, body := get(t, server, one)
		assert.JSONEq(t, `{"result": {"btc_ltc": 10}}`, body)
		assert.Equal(t, "2", header.Get("Age"))
		date, err := http.ParseTime(header.Get("Date"))
		require.NoError(t, err)
		assert.InDelta(t, 1.5, time.Since(date).Seconds(), 1)
		us, err := adapter(server).Snapshot(t.Context())
		require.NoError(t, err)
		require.Len(t, us, 45)
		assert.Equal(t, 3*time.Second, us[0].Age, "and what the header may have rounded down")
		status, _, _ := get(t, server, "/single_ticker?market=new_coin")
		assert.Equal(t, 404, status)

		server.CacheREST(1500*time.Millisecond, false)
		_, header, body = get(t, server, one)
		assert.JSONEq(t, `{"result": {"btc_ltc": 10}}`, body)
		assert.Empty(t, header.Get("Age"))
		server.CacheREST(0, true)
		_, header, body = get(t, server, one)
		assert.JSONEq(t, `{"result": {"btc_ltc": 20}}`, body)
		assert.Empty(t, header.Get("Age"))
	})
}

func TestShortList(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, server *simexchange.Server) {
		server.ShortList(2, 10)
		for _, want := range []int{35, 35, 45} {
			us, err := adapter(server).Snapshot(t.Context())
			require.NoError(t, err)
			assert.Len(t, us, want)
			_, _, body := get(t, server, one)
			assert.Contains(t, body, "btc_ltc")
		}
	})
}

// TestLimit: the exchange's own limit, by weight.
func TestLimit(t *testing.T) {
	limit := func(tr *simexchange.Traits) {
		tr.Limit, tr.Burst = 2, 10
		tr.Weight = func(r *http.Request) int {
			if r.URL.Path == "/full_ticker" {
				return 5
			}
			return 1
		}
	}
	bubble(t, simexchange.Config{}, limit, func(t *testing.T, server *simexchange.Server) {
		for _, want := range []int{200, 200, 429} {
			status, _, _ := get(t, server, "/full_ticker")
			assert.Equal(t, want, status)
		}
		time.Sleep(500 * time.Millisecond)
		status, _, _ := get(t, server, one)
		assert.Equal(t, 200, status)
		assert.Equal(t, 1, server.Counts().Limited)
		assert.Equal(t, 5, server.Requests()[0].Weight)
	})
}

// TestLatency: values are read within the request, and its arrival is recorded.
func TestLatency(t *testing.T) {
	cfg := simexchange.Config{Seed: 4, Latency: simexchange.Exactly(time.Second), ClockSkew: time.Hour}
	bubble(t, cfg, nil, func(t *testing.T, server *simexchange.Server) {
		reads := map[string]bool{}
		for range 40 {
			server.Trade("BTC-LTC", "10")
			asked := time.Now()
			change := time.AfterFunc(500*time.Millisecond, func() { server.Trade("BTC-LTC", "20") })
			_, header, body := get(t, server, one)
			change.Stop()
			reads[body] = true
			assert.Equal(t, time.Second, time.Since(asked))
			date, err := http.ParseTime(header.Get("Date"))
			require.NoError(t, err)
			assert.InDelta(t, 3600, date.Sub(asked).Seconds(), 2)
			all := server.Requests()
			assert.Equal(t, asked, all[len(all)-1].At)
		}
		assert.Len(t, reads, 2, "sometimes before the change, sometimes after")
	})
}

func TestRefuse(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, server *simexchange.Server) {
		source := adapter(server)
		server.Refuse(true, false)
		_, err := source.Snapshot(t.Context())
		require.Error(t, err)
		stream := connect(t, server)
		require.NoError(t, stream.Close())
		server.Refuse(false, true)
		_, err = source.Snapshot(t.Context())
		require.NoError(t, err)
		_, err = source.Connect(t.Context(), nil)
		require.Error(t, err)
		server.Refuse(false, false)
		connect(t, server)
		assert.Equal(t, 2, server.Counts().Refused)
		assert.Len(t, server.Requests(), 1)
	})
}

func TestFailConnect(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, server *simexchange.Server) {
		server.FailConnect(1, simexchange.Limited("9"))
		_, err := adapter(server).Connect(t.Context(), nil)
		var limit *exchange.RateLimitError
		require.ErrorAs(t, err, &limit)
		assert.Equal(t, 9*time.Second, limit.RetryAfter)
		server.FailConnect(1, simexchange.Hang())
		_, err = adapter(server).Connect(t.Context(), nil)
		require.ErrorContains(t, err, "no answer within")
		connect(t, server)
		assert.Equal(t, simexchange.Counts{Limited: 1, Handshakes: 3, Opened: 1, Open: 1}, server.Counts())
	})
}

func TestAddresses(t *testing.T) {
	two, err := simexchange.Start(simexchange.Config{RESTAddr: "127.0.0.1:0", WebSocketAddr: "127.0.0.1:0 "}, dialect{})
	require.Error(t, err, "no such port")
	require.Nil(t, two)
	same, err := simexchange.Start(simexchange.Config{WebSocketAddr: "127.0.0.1:0"}, dialect{})
	require.NoError(t, err)
	defer same.Close()
	assert.Equal(t, same.RESTURL()[len("http"):], same.WebSocketURL()[len("ws"):len(same.WebSocketURL())-len("/ticker_feed")])
	taken := same.RESTURL()[len("http://"):]
	_, err = simexchange.Start(simexchange.Config{RESTAddr: "127.0.0.1:0", WebSocketAddr: taken}, dialect{})
	require.ErrorContains(t, err, "simexchange: ")
	_, _, body := get(t, same, "/nothing")
	assert.Equal(t, fmt.Sprintln(http.StatusText(404)), body)
}
