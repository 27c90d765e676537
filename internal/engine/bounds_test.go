package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// An exchange whose list is of other markets each time does not fill the memory:
// the Book keeps to its limit, goes on with what it has, and says so.
func TestListsWithoutEnd(t *testing.T) {
	for _, s := range both {
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := 0
				src := &fake{markets: func(context.Context) ([]exchange.Listing, error) {
					ms := []ticker.Market{"A-X", "B-X"}
					for range 10 {
						n++
						ms = append(ms, ticker.Market(fmt.Sprintf("N%d-X", n)))
					}
					return listings(ms...), nil
				}}
				var book ticker.Book
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- s.run(ctx, &book, src, settings{Relist: time.Second, MaxMarkets: 100}) }()
				time.Sleep(10 * time.Minute)
				st := book.Status()
				require.ErrorContains(t, st.LastError, "the Book would hold more than the 100 of Options.MaxMarkets")
				assert.LessOrEqual(t, st.Total, 100)
				_, ok := book.Get("A-X")
				assert.True(t, ok)
				cancel()
				require.ErrorIs(t, <-done, context.Canceled)
			})
		})
	}
}

// A name that could spoil a screen or a log never becomes a market's.
func TestNamesOfMarkets(t *testing.T) {
	for _, s := range both {
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := &fake{markets: func(context.Context) ([]exchange.Listing, error) {
					return listings("A-X", "B-X", "币安人生-X", "", "C\x1b[2J-X", "C X", "C\xff-X", ticker.Market(strings.Repeat("C", 100))), nil
				}}
				var book ticker.Book
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- s.run(ctx, &book, src, settings{Relist: time.Hour}) }()
				time.Sleep(time.Minute)
				st := book.Status()
				assert.Equal(t, 3, st.Total)
				assert.Equal(t, uint64(5), st.Bad)
				cancel()
				require.ErrorIs(t, <-done, context.Canceled)
			})
		})
	}
}
