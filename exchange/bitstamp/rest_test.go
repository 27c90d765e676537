package bitstamp

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

func TestTickers(t *testing.T) {
	us, err := readTickers(fixture(t, "tickers"))
	require.NoError(t, err)
	require.Len(t, us, 2)
	u := us[0]
	assert.Equal(t, ticker.Market("BTC-USD"), u.Market)
	assert.Equal(t, ticker.AllGroups, u.Groups)
	assert.Equal(t, "64250", u.Trade.Price.String())
	assert.Equal(t, "64249", u.Quote.Bid.String())
	assert.Equal(t, "64251", u.Quote.Ask.String())
	assert.Equal(t, "63850", u.Stats.Open.String(), "of 24 hours ago, not of the day")
	assert.Equal(t, "64990", u.Stats.High.String())
	assert.Equal(t, "63100", u.Stats.Low.String())
	assert.Equal(t, "1234.56789012", u.Stats.Volume.String())
	assert.Equal(t, time.Unix(1762000130, 0).UTC(), u.Stats.Time)
	// What REST does not tell is not invented.
	assert.True(t, u.Trade.Size.IsZero())
	assert.True(t, u.Quote.BidSize.IsZero())
	assert.Zero(t, u.Trade.Stamp)
	assert.Zero(t, u.Quote.Stamp)

	u = us[1]
	assert.Equal(t, ticker.Market("EUR-USD"), u.Market)
	assert.Equal(t, ticker.AllGroups, u.Groups)
	assert.True(t, u.Quote.Bid.IsZero(), "no bids")
	assert.Equal(t, "1.0852", u.Quote.Ask.String())
	assert.True(t, u.Stats.Open.IsZero(), "not told")
}

// TestBadRow costs that row, or the group of it.
func TestBadRow(t *testing.T) {
	good := `{"market":"BTC/USD","last":"5","bid":"4","ask":"6","high":"7"}`
	for _, c := range []struct {
		row    string
		groups ticker.Groups // zero: no update
	}{
		{`7`, 0},
		{`null`, 0},
		{`[]`, 0},
		{`{}`, 0},
		{`{"market":"ETH/USD"}`, 0},
		{`{"last":"1","bid":"1","ask":"2"}`, 0},
		{`{"market":"ETH/USD","last":"x","bid":"1","ask":"2"}`, ticker.QuoteGroup | ticker.StatsGroup},
		{`{"market":"ETH/USD","last":"1","bid":"-1","ask":"2"}`, ticker.TradeGroup | ticker.StatsGroup},
		{`{"market":"ETH/USD","last":"0.12345678901234567890123","bid":"1","ask":"2"}`, ticker.QuoteGroup | ticker.StatsGroup},
		{`{"market":"ETH/USD","last":"1","bid":"1","ask":"2","volume":["1"]}`, ticker.AllGroups},
	} {
		us, err := readTickers([]byte(`[` + c.row + `,` + good + `]`))
		var bad *exchange.FrameError
		require.ErrorAs(t, err, &bad, c.row)
		if c.groups == 0 {
			require.Len(t, us, 1, c.row)
		} else {
			require.Len(t, us, 2, c.row)
			assert.Equal(t, ticker.Market("ETH-USD"), us[0].Market)
			assert.Equal(t, c.groups, us[0].Groups, c.row)
			assert.Equal(t, c.groups.Has(ticker.TradeGroup), !us[0].Trade.Price.IsZero(), c.row)
			assert.Equal(t, c.groups.Has(ticker.QuoteGroup), !us[0].Quote.Ask.IsZero(), c.row)
		}
		assert.Equal(t, "5", us[len(us)-1].Trade.Price.String(), c.row)
	}
}

func TestBadAnswer(t *testing.T) {
	for _, p := range []string{``, `{}`, `null`, `"x"`, `[`, `[{"market":"BTC/USD","last":"1","bid":"1","ask":"2"}`, `[]x`, string(fixture(t, "limit"))} {
		us, err := readTickers([]byte(p))
		require.ErrorContains(t, err, "bitstamp: ", p)
		assert.Empty(t, us, p)
		_, err = readTicker([]byte(p), "BTC-USD")
		require.ErrorContains(t, err, "bitstamp", p)
		ls, _, err := readMarkets([]byte(p))
		assert.Empty(t, ls, p)
		if p != "null" {
			require.Error(t, err, p)
		}
	}
	_, err := readTicker([]byte(`{"pair":"ETH/USD","last":"1","bid":"1","ask":"2"}`), "BTC-USD")
	require.ErrorContains(t, err, `the answer is about "ETH/USD"`)
	u, err := readTicker([]byte(`{"pair":"BTC/USD","last":"1","bid":"1","ask":"2","volume":"x"}`), "BTC-USD")
	var bad *exchange.FrameError
	require.ErrorAs(t, err, &bad)
	assert.Equal(t, ticker.AllGroups, u.Groups)
}

func TestComplaints(t *testing.T) {
	for body, limits := range map[string]bool{
		string(fixture(t, "limit")):                              true,
		string(fixture(t, "error_old")):                          false,
		`{"response_code":"400.067","response_explanation":"x"}`: true,
		`{"response_code":"400.068","response_explanation":"x"}`: true,
		`{"response_code":"404.001","response_explanation":"x"}`: false,
		`{"status":"error","reason":"x","code":"400.002"}`:       true,
	} {
		c := readComplaint([]byte(body))
		require.NotNil(t, c, body)
		assert.Equal(t, limits, c.limits(), body)
		assert.Contains(t, c.Error(), "the exchange says")
	}
	for _, body := range []string{``, `<html>`, `[]`, `{}`, `{"last":"1"}`, `{"message":"Not found."}`, string(fixture(t, "tickers"))} {
		assert.Nil(t, readComplaint([]byte(body)), body)
	}
}

// FuzzREST: no answer makes the parsers panic, or tell what is no ticker.
func FuzzREST(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(f, err)
	for _, name := range files {
		p, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		us, err := readTickers(p)
		var bad *exchange.FrameError
		if err != nil && !errors.As(err, &bad) && us != nil {
			t.Fatal("rows of an answer that could not be read")
		}
		if u, err := readTicker(p, "BTC-USD"); err == nil {
			us = append(us, u)
		}
		for _, u := range us {
			base, quote := u.Market.Split()
			if base == "" || quote == "" || u.Groups == 0 || u.Trade.Price.IsNeg() || u.Quote.Bid.IsNeg() || u.Quote.Ask.IsNeg() {
				t.Fatalf("%+v", u)
			}
		}
		ls, _, _ := readMarkets(p)
		for _, l := range ls {
			if m, reason := marketOf(string(l.Market), ""); l.Symbol == "" || l.Market == "" || reason == "" || m != "" {
				t.Fatalf("%+v", l)
			}
		}
		readComplaint(p)
	})
}
