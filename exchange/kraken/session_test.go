package kraken

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// asked returns a session that has just asked for the markets, and its frames.
func asked(add, drop []exchange.Listing) (*session, []string) {
	sub := exchange.NewSubscription(append(add, drop...)...)
	s := newSession(sub).(*session)
	s.Subscribe(add, drop)
	var frames []string
	for _, f := range sub.Frames() {
		frames = append(frames, string(f))
	}
	return s, frames
}

func TestSubscribeFrames(t *testing.T) {
	ls := listings()
	_, frames := asked(ls[:1], ls[1:])
	assert.Equal(t, []string{
		`{"method":"unsubscribe","params":{"channel":"ticker","symbol":["DOGE/BTC"],"event_trigger":"bbo"},"req_id":1}`,
		`{"method":"subscribe","params":{"channel":"ticker","symbol":["BTC/EUR"],"event_trigger":"bbo","snapshot":true},"req_id":2}`,
		`{"method":"unsubscribe","params":{"channel":"trade","symbol":["DOGE/BTC"]},"req_id":3}`,
		`{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/EUR"],"snapshot":true},"req_id":4}`,
	}, frames)
	_, frames = asked(nil, nil)
	assert.Empty(t, frames)
}

// TestManyMarkets: each is in one frame of each channel.
func TestManyMarkets(t *testing.T) {
	var ls []exchange.Listing
	for i := range 1501 {
		ls = append(ls, exchange.Listing{Market: ticker.Market(fmt.Sprintf("A%d-EUR", i)), Symbol: fmt.Sprintf("A%d/EUR", i)})
	}
	_, frames := asked(ls, nil)
	require.Len(t, frames, 16)
	seen := map[string]int{}
	for _, f := range frames {
		var q request
		require.NoError(t, json.Unmarshal([]byte(f), &q))
		assert.LessOrEqual(t, len(q.Params.Symbol), perFrame)
		for _, name := range q.Params.Symbol {
			seen[q.Params.Channel+name]++
		}
	}
	assert.Len(t, seen, 2*len(ls))
}

// TestAnswers: what each answer to a subscription does is seen by what it does not
// complain about; who waits for it is tested with the simulated exchange.
func TestAnswers(t *testing.T) {
	for frame, says := range map[string]string{
		`{"method":"subscribe","success":true,"result":{"channel":"ticker","symbol":"BTC/EUR"}}`:          "",
		`{"method":"subscribe","success":true,"result":{"channel":"ticker","symbol":"NO/NO"}}`:            "",
		`{"method":"subscribe","success":true}`:                                                           "",
		`{"method":"subscribe","success":true,"result":7}`:                                                "",
		`{"method":"unsubscribe","success":false,"error":"Subscription Not Found","symbol":"BTC/EUR"}`:    "",
		`{"method":"subscribe","params":{"channel":"ticker","symbol":["BTC/EUR"]}}`:                       "", // ours, in a transcript
		`{"method":"subscribe","success":false,"error":"Currency pair not supported","symbol":"BTC/EUR"}`: "",
		`{"method":"subscribe","success":false,"error":"Channel field must be a string","req_id":1}`:      "",
		`{"method":"subscribe","success":false,"error":"Already subscribed","symbol":"BTC/EUR"}`:          "",
		`{"method":"subscribe","success":false,"error":"Currency pair not supported","symbol":"NO/NO"}`:   "",
		`{"method":"subscribe","success":false,"error":"Channel field must be a string"}`:                 "neither symbol nor request",
		`{"method":"subscribe","success":false,"error":"Channel field must be a string","req_id":99}`:     "neither symbol nor request",
		`{"method":"subscribe","success":false,"error":"EAPI:Rate limit exceeded"}`:                       "rate limit",
		`{"channel":"executions","type":"snapshot","data":[{"symbol":7}]}`:                                "",
		`{"hello":"you"}`: "",
	} {
		s, _ := asked(listings(), nil)
		us, proves, err := s.Parse([]byte(frame), nil)
		assert.Empty(t, us)
		assert.False(t, proves, frame)
		if says == "" {
			require.NoError(t, err, frame)
		} else {
			require.ErrorContains(t, err, says, frame)
		}
	}
}

// script is a connection that says its lines and then no more.
type script struct {
	lines  chan string
	closed chan struct{}
	once   sync.Once
}

func (c *script) Read(ctx context.Context, _ []byte) ([]byte, error) {
	select {
	case l := <-c.lines:
		return []byte(l), nil
	case <-c.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
func (c *script) Write(context.Context, []byte) error { return nil }
func (c *script) Ping(context.Context) error          { return nil }
func (c *script) Close() error                        { c.once.Do(func() { close(c.closed) }); return nil }

// TestAnswered: a market is acknowledged by both channels, and by nothing less.
func TestAnswered(t *testing.T) {
	ack := func(channel, symbol string) string {
		return fmt.Sprintf(`{"method":"subscribe","success":true,"result":{"channel":%q,"symbol":%q}}`, channel, symbol)
	}
	no := func(why, rest string) string {
		return fmt.Sprintf(`{"method":"subscribe","success":false,"error":%q,%s}`, why, rest)
	}
	doge := []string{ack("ticker", "DOGE/BTC"), ack("trade", "DOGE/BTC")}
	refused := func(why string) string { return fmt.Sprintf(`1 markets refused: "BTC-EUR" %q`, why) }
	for _, c := range []struct {
		lines []string
		says  string
	}{
		{[]string{ack("ticker", "BTC/EUR"), ack("trade", "BTC/EUR")}, ""},
		{[]string{ack("trade", "BTC/EUR"), ack("ticker", "BTC/EUR")}, ""},
		{[]string{ack("ticker", "BTC/EUR")}, refused("not acknowledged")},
		{[]string{ack("trade", "BTC/EUR"), ack("trade", "BTC/EUR")}, refused("not acknowledged")},
		{[]string{ack("ticker", "XBT/EUR"), ack("trade", "XBT/EUR")}, refused("not acknowledged")},
		{[]string{ack("ticker", "BTC/EUR"), no("No trades", `"symbol":"BTC/EUR"`)}, refused("No trades")},
		{[]string{no("Gone", `"symbol":"BTC/EUR"`), no("Gone", `"symbol":"BTC/EUR"`)}, refused("Gone")},
		{[]string{no("Gone", `"result":{"symbol":"BTC/EUR"}`)}, refused("Gone")},
		{[]string{no("Already subscribed", `"symbol":"BTC/EUR","req_id":1`), ack("trade", "BTC/EUR")}, ""},
		{[]string{no("Already subscribed", `"symbol":"BTC/EUR","req_id":1`)}, refused("not acknowledged")},
		{[]string{no("Already subscribed", `"symbol":"BTC/EUR","req_id":1`), no("Already subscribed", `"req_id":2`)}, ""},
		{[]string{no("Bad frame", `"req_id":1`)}, refused("Bad frame")},
		{[]string{no("EAPI:Rate limit exceeded", `"req_id":1`)}, "rate limit hit"},
	} {
		synctest.Test(t, func(t *testing.T) {
			conn := &script{lines: make(chan string, 10), closed: make(chan struct{})}
			for _, l := range append(doge, c.lines...) {
				conn.lines <- l
			}
			src := New(&exchange.Options{Dial: func(context.Context, string) (exchange.Conn, error) { return conn, nil }})
			stream, err := src.Connect(t.Context(), listings())
			if stream != nil {
				defer stream.Close()
			}
			if c.says == "" {
				require.NoError(t, err, c.lines)
			} else {
				require.ErrorContains(t, err, c.says, c.lines)
			}
		})
	}
}
