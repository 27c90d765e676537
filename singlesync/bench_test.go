package singlesync_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/coinbase"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// BenchmarkMessage is what a message costs from a websocket library's hand into the
// Book: all that is ours.
func BenchmarkMessage(b *testing.B) {
	rest := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `[{"id":"ABC-USD","status":"online"},{"id":"END-USD","status":"online"}]`)
	}))
	defer rest.Close()
	ctx, cancel := context.WithCancel(b.Context())
	c := newTold()
	o := &exchange.Options{RESTURL: rest.URL, Dial: func(context.Context, string) (exchange.Conn, error) { return c, nil }}
	var book ticker.Book
	done := make(chan error, 1)
	go func() { done <- singlesync.Run(ctx, &book, coinbase.New(o), &singlesync.Options{Audit: -1, Idle: -1}) }()
	require.NoError(b, book.WaitSynced(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for c := range book.Watch(ctx, "END-USD") {
			if c.Trade.Key > 7 {
				ended <- struct{}{}
			}
		}
	}()
	c.turns <- 1000
	<-ended
	b.ReportAllocs()
	b.ResetTimer()
	c.turns <- b.N
	<-ended
	b.StopTimer()
	cancel()
	require.ErrorIs(b, <-done, context.Canceled)
	<-ended
}

// told is a connection in memory, on which so many tickers are told as turns say,
// and one of END-USD after them.
type told struct {
	answers chan string
	turns   chan int
	left    int
	id      uint64
	message [2][]byte // before and after the id
	close   sync.Once
	closed  chan struct{}
}

func newTold() *told {
	const day = "2026-03-04T05:06:07.089012Z"
	c := &told{answers: make(chan string, 4), turns: make(chan int), id: 1_000_000_000, closed: make(chan struct{})}
	text := strings.ReplaceAll(string(tick("ABC-USD", "#")), strings.Repeat("@", len(day)), day)
	before, after, _ := strings.Cut(text, "#")
	c.message = [2][]byte{[]byte(before), []byte(after)}
	c.answers <- `{"type":"subscriptions","channels":[{"name":"ticker","product_ids":["ABC-USD","END-USD"]},{"name":"heartbeat","product_ids":["ABC-USD","END-USD"]}]}`
	c.answers <- `{"type":"heartbeat","last_trade_id":0,"product_id":"ABC-USD","time":"` + day + `"}`
	c.answers <- before + "7" + after
	c.answers <- strings.Replace(before, "ABC-USD", "END-USD", 1) + "7" + after
	return c
}

func (c *told) Read(ctx context.Context, dst []byte) ([]byte, error) {
	if c.left == 0 {
		select {
		case p := <-c.answers:
			return append(dst[:0], p...), nil
		case n := <-c.turns:
			c.left = n + 1
		case <-c.closed:
			return nil, net.ErrClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	c.left--
	c.id++
	dst = append(dst[:0], c.message[0]...)
	dst = strconv.AppendUint(dst, c.id, 10)
	dst = append(dst, c.message[1]...)
	if c.left == 0 {
		copy(dst[bytes.Index(dst, []byte("ABC-USD")):], "END-USD")
	}
	return dst, nil
}

func (c *told) Write(context.Context, []byte) error { return nil }

func (c *told) Ping(context.Context) error { return nil }

func (c *told) Close() error {
	c.close.Do(func() { close(c.closed) })
	return nil
}
