package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

// update tells a quote and a trade of a market.
func update(m ticker.Market, bid, ask, price string) []ticker.Update {
	u := ticker.Update{Ticker: ticker.Ticker{Market: m}, Groups: ticker.TradeGroup | ticker.QuoteGroup}
	u.Quote.Bid, u.Quote.Ask = decimal.MustParse(bid), decimal.MustParse(ask)
	u.Trade.Price = decimal.MustParse(price)
	return []ticker.Update{u}
}

func feed() ticker.Feed {
	every := ticker.Told{Kind: ticker.EveryChange}
	return ticker.Feed{Trade: every, Quote: every}
}

// For people: a line a second, and one when the state changes.
func TestLines(t *testing.T) {
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		r := newReporter(&out, false)
		go r.tell(t.Context())
		synctest.Wait()
		link := r.book.Link([]ticker.Market{"BTC-EUR"}, feed())
		time.Sleep(500 * time.Millisecond)
		link.Stream(update("BTC-EUR", "1", "2", "1.5"), time.Now())
		synctest.Wait()
		r.logger().With("exchange", "kraken").WithGroup("g").Warn("relisted", "markets", 1)
		time.Sleep(time.Second)
		link.Close(errors.New("it broke"))
		synctest.Wait()
	})
	assert.Equal(t, []string{
		"00:00:00.000  idle, 0 of 0 markets, no age known",
		"00:00:00.000  syncing, 0 of 1 markets, no age known",
		"00:00:00.500  live, 1 of 1 markets, quotes 0s to 0s old",
		"00:00:00.500  relisted exchange=kraken markets=1",
		"00:00:01.500  idle, 1 of 1 markets, quotes 1s to 1s old",
		"",
	}, strings.Split(out.String(), "\n"))
}

// For the program that started this one: everything, in order.
func TestEvents(t *testing.T) {
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		r := newReporter(&out, true)
		go r.tell(t.Context())
		link := r.book.Link([]ticker.Market{"BTC-EUR"}, feed())
		synctest.Wait()
		link.Stream(update("BTC-EUR", "1", "2", "1.5"), time.Now())
		link.Stream(update("BTC-EUR", "3", "4", "3.5"), time.Now())
		time.Sleep(time.Second)
		r.logger().Info("hello", "n", 1)
		r.logger().Debug("unheard")
		in, to := io.Pipe()
		ended := make(chan struct{})
		go obey(in, func() { close(ended) }, r)
		_, err := io.WriteString(to, bookLine+"\nwhat\n")
		require.NoError(t, err)
		require.NoError(t, to.Close())
		<-ended
	})
	var seen, book []sighting
	var logs []string
	var last stand
	for d := json.NewDecoder(&out); d.More(); {
		var e event
		require.NoError(t, d.Decode(&e))
		seen, book = append(seen, e.Seen...), append(book, e.Book...)
		if e.Log != "" {
			logs = append(logs, e.Log)
		}
		if e.Stand != nil {
			last = *e.Stand
		}
	}
	assert.Equal(t, []string{"hello n=1", `what is "what"?`}, logs)
	var prices []string
	for _, s := range seen {
		prices = append(prices, s.A.String())
		got := s.ticker()
		assert.Equal(t, ticker.Market("BTC-EUR"), got.Market)
	}
	assert.Equal(t, []string{"1.5", "1", "3.5", "3"}, prices)
	require.Len(t, book, 2)
	assert.Equal(t, "3.5", book[0].ticker().Trade.Price.String())
	assert.Equal(t, "4", book[1].ticker().Quote.Ask.String())
	assert.Equal(t, last.Newest, book[1].At)
	assert.Equal(t, "quotes 1s to 1s old", ages((&stand{At: last.Newest.Add(time.Second), Newest: last.Newest, Oldest: last.Newest}).span()))
	assert.Equal(t, "quotes 1s to ? old", ages((&stand{At: last.Newest.Add(time.Second), Newest: last.Newest}).span()))
}
