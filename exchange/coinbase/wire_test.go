package coinbase

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	p, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return p
}

func listings(ids ...string) (ls []exchange.Listing) {
	for _, id := range ids {
		ls = append(ls, exchange.Listing{Market: ticker.Market(id), Symbol: id, RESTSymbol: id, Trading: true})
	}
	return ls
}

func reader(ids ...string) exchange.ParseFunc { return New(nil).Replay(listings(ids...)) }

// told writes what an update says, in short.
func told(u ticker.Update) string {
	s := string(u.Market)
	if u.Groups.Has(ticker.TradeGroup) {
		s += fmt.Sprintf(" trade %v %v #%d", u.Trade.Price, u.Trade.Size, u.Trade.Key)
	}
	if u.Groups.Has(ticker.QuoteGroup) {
		q := u.Quote
		s += fmt.Sprintf(" quote %v %v %v %v #%d", q.Bid, q.BidSize, q.Ask, q.AskSize, q.Key)
	}
	if u.Groups.Has(ticker.StatsGroup) {
		s += fmt.Sprintf(" stats %v %v %v %v", u.Stats.Open, u.Stats.High, u.Stats.Low, u.Stats.Volume)
	}
	return s
}

func all(us []ticker.Update) string {
	var ss []string
	for _, u := range us {
		ss = append(ss, told(u))
	}
	return strings.Join(ss, "; ")
}

func TestTicker(t *testing.T) {
	us, proves, err := reader("ABC-USD")(fixture(t, "ticker.json"), nil)
	require.NoError(t, err)
	assert.True(t, proves)
	assert.Equal(t, "ABC-USD trade 17.045 0.007 #6000000001 quote 17.044 0.5 17.046 12.25 #6000000001 stats 16.9 17.25 16.5 120345.678", all(us))
	at := time.Date(2026, 3, 4, 5, 6, 7, 89012000, time.UTC)
	assert.Equal(t, []time.Time{at, at, at}, []time.Time{us[0].Trade.Time, us[0].Quote.Time, us[0].Stats.Time})
	assert.True(t, us[0].Trade.Received.IsZero(), "that is the engine's")
}

func TestQuoteSizesAreOptional(t *testing.T) {
	us, _, err := reader("XYZ-BTC")(fixture(t, "ticker_2021.json"), nil)
	require.NoError(t, err)
	assert.Equal(t, "XYZ-BTC trade 0.00000712 3 #555 quote 0.00000711 0 0.00000713 0 #555 stats 0.000007 0.0000072 0.00000695 99.5", all(us))
}

// In 2017 and 2018 the first ticker had neither side, time, trade_id nor last_size.
// It has no place in an order, so it tells nothing, and is no error.
func TestFirstTickerWithoutTradeID(t *testing.T) {
	us, proves, err := reader("ABC-USD")(fixture(t, "ticker_first_2018.json"), nil)
	require.NoError(t, err)
	assert.True(t, proves)
	assert.Empty(t, us)
}

// change is the fixture ticker.json with some fields replaced; null removes one.
func change(t testing.TB, with string) []byte {
	t.Helper()
	var m, c map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(fixture(t, "ticker.json"), &m))
	require.NoError(t, json.Unmarshal([]byte(with), &c))
	for k, v := range c {
		if m[k] = v; string(v) == "null" {
			delete(m, k)
		}
	}
	p, err := json.Marshal(m)
	require.NoError(t, err)
	return p
}

func TestTickerWithoutTime(t *testing.T) {
	us, _, err := reader("ABC-USD")(change(t, `{"time": null}`), nil)
	require.NoError(t, err)
	assert.Equal(t, "ABC-USD trade 17.045 0.007 #6000000001", all(us), "nobody knows how old its quote is")
	assert.True(t, us[0].Trade.Time.IsZero())
}

// TestWhatCannotBeRead: it costs what the contract says and nothing more, and is
// named.
func TestWhatCannotBeRead(t *testing.T) {
	const (
		trade = "ABC-USD trade 17.045 0.007 #6000000001"
		quote = " quote 17.044 0.5 17.046 12.25 #6000000001"
		stats = " stats 16.9 17.25 16.5 120345.678"
	)
	long := `"0.12345678901234567890123"`
	for with, want := range map[string]string{
		`{"last_size": ` + long + `}`:                            "ABC-USD trade 17.045 0 #6000000001" + quote + stats,
		`{"best_bid_size": ` + long + `}`:                        trade + " quote 17.044 0 17.046 12.25 #6000000001" + stats,
		`{"volume_24h": ` + long + `}`:                           trade + quote + " stats 16.9 17.25 16.5 0",
		`{"price": ` + long + `}`:                                "ABC-USD" + quote + stats,
		`{"price": "-1"}`:                                        "ABC-USD" + quote + stats,
		`{"price": [1]}`:                                         "ABC-USD" + quote + stats,
		`{"best_ask": ` + long + `}`:                             trade + stats,
		`{"best_bid": "x"}`:                                      trade + stats,
		`{"time": "yesterday"}`:                                  trade,
		`{"trade_id": "many"}`:                                   "",
		`{"trade_id": -5}`:                                       "",
		`{"price": "1e400", "best_bid": {}, "open_24h": "-0.5"}`: "ABC-USD stats 0 17.25 16.5 120345.678",
	} {
		us, _, err := reader("ABC-USD")(change(t, with), nil)
		assert.Equal(t, want, all(us), with)
		var bad *exchange.FrameError
		require.ErrorAs(t, err, &bad, with)
		assert.Equal(t, ticker.Market("ABC-USD"), bad.Market)
	}
	for with, want := range map[string]string{ // not told, or nothing: no error
		`{"price": "0"}`:                          "ABC-USD" + quote + stats,
		`{"best_bid": "0"}`:                       trade + " quote 0 0.5 17.046 12.25 #6000000001" + stats,
		`{"best_bid": "0", "best_ask": ""}`:       trade + stats,
		`{"best_bid": null}`:                      trade + stats,
		`{"low_24h": null}`:                       trade + quote,
		`{"trade_id": 0}`:                         "",
		`{"price": "4.089E+4", "last_size": 1.5}`: "ABC-USD trade 40890 1.5 #6000000001" + quote + stats,
	} {
		us, _, err := reader("ABC-USD")(change(t, with), nil)
		require.NoError(t, err, with)
		assert.Equal(t, want, all(us), with)
	}
}

func TestNoMessages(t *testing.T) {
	p := fixture(t, "ticker.json")
	for _, frame := range []string{"", "{", "nothing", `{"type":7}`, `[]`, `"ticker"`, `{}`, string(p[:len(p)/2]), string(p) + "}", `{"type":"ticker","product_id":"\xff"}`} {
		us, proves, err := reader("ABC-USD")([]byte(frame), nil)
		var bad *exchange.FrameError
		require.ErrorAs(t, err, &bad, frame)
		assert.False(t, proves)
		assert.Empty(t, us)
	}
}

func TestUnknownTypesAreIgnored(t *testing.T) {
	for _, frame := range []string{
		string(fixture(t, "last_match.json")), `{"type":"status","products":[],"currencies":[]}`,
		`{"type":"something new","price":"1"}`, `{"type":"heartbeat","product_id":"NOT-OURS","time":"2026-03-04T05:06:09Z"}`,
	} {
		us, proves, err := reader("ABC-USD")([]byte(frame), nil)
		require.NoError(t, err)
		assert.False(t, proves, "it proves nothing")
		assert.Empty(t, us)
	}
}

func TestUnknownProduct(t *testing.T) {
	_, _, err := reader("XYZ-BTC")(fixture(t, "ticker.json"), nil)
	require.ErrorIs(t, err, exchange.ErrUnknownMarket)
	var bad *exchange.FrameError
	require.ErrorAs(t, err, &bad)
}

func TestTypeMayComeLast(t *testing.T) {
	frame := fixture(t, "ticker.json")
	frame = []byte(strings.Replace(strings.Replace(string(frame), `"type":"ticker",`, "", 1), `"0.00700000"}`, `"0.00700000","type":"ticker"}`, 1))
	us, _, err := reader("ABC-USD")(frame, nil)
	require.NoError(t, err)
	assert.Len(t, us, 1)
}

func TestParseAllocsNothing(t *testing.T) {
	read, tick, beat := reader("ABC-USD"), fixture(t, "ticker.json"), fixture(t, "heartbeat.json")
	dst := make([]ticker.Update, 0, 4)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		dst, _, _ = read(tick, dst[:0])
		_, _, _ = read(beat, dst)
	}))
	assert.Len(t, dst, 1)
}

func BenchmarkParse(b *testing.B) {
	read, tick := reader("ABC-USD"), fixture(b, "ticker.json")
	dst := make([]ticker.Update, 0, 4)
	b.ReportAllocs()
	for b.Loop() {
		dst, _, _ = read(tick, dst[:0])
	}
}
