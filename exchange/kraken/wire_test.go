package kraken

import (
	"errors"
	"fmt"
	"os"
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
	p, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// listings are the markets of the fixtures.
func listings() []exchange.Listing {
	return []exchange.Listing{
		{Market: "BTC-EUR", Symbol: "BTC/EUR", RESTSymbol: "XBTEUR", Trading: true},
		{Market: "DOGE-BTC", Symbol: "DOGE/BTC", RESTSymbol: "XDGXBT", Trading: true},
	}
}

func newTestSession() *session {
	return newSession(exchange.NewSubscription(listings()...)).(*session)
}

// show writes updates: "BTC-EUR trade 71231.5 0.5 #40003", with quotes and stats.
func show(us ...ticker.Update) string {
	var out []string
	for _, u := range us {
		s := string(u.Market)
		if u.Groups.Has(ticker.TradeGroup) {
			s += fmt.Sprintf(" trade %v %v #%d", u.Trade.Price, u.Trade.Size, u.Trade.Key)
		}
		if u.Groups.Has(ticker.QuoteGroup) {
			s += fmt.Sprintf(" quote %v %v", u.Quote.Bid, u.Quote.Ask)
		}
		if u.Groups.Has(ticker.StatsGroup) {
			s += fmt.Sprintf(" stats %v %v %v", u.Stats.High, u.Stats.Low, u.Stats.Volume)
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func tickerFrame(rows string) string {
	return `{"channel":"ticker","type":"update","data":[` + rows + `]}`
}
func tradeFrame(rows string) string {
	return `{"channel":"trade","type":"update","data":[` + rows + `]}`
}

func TestFixtures(t *testing.T) {
	for name, want := range map[string]string{
		"status": "", "pong": "", "heartbeat": "proves", "ack_ticker": "", "ack_trade": "", "refused": "",
		"ticker_snapshot": "BTC-EUR quote 71234.5 71234.6 stats 72000 70100 321.12345678 proves",
		"ticker_update":   "BTC-EUR quote 71234.4 71234.9 stats 72000.1 70100 321.12345679 proves",
		"trade_snapshot":  "BTC-EUR trade 71230.1 0.00012345 #40002 proves",
		"trade_update":    "BTC-EUR trade 71231.5 0.00000001 #40003 proves",
	} {
		us, proves, err := newTestSession().Parse(fixture(t, name), nil)
		require.NoError(t, err, name)
		got := show(us...)
		if proves {
			got = strings.TrimSpace(got + " proves")
		}
		assert.Equal(t, want, got, name)
	}
}

func TestTimes(t *testing.T) {
	us, _, err := newTestSession().Parse(fixture(t, "ticker_snapshot"), nil)
	require.NoError(t, err)
	at := time.Date(2031, 2, 3, 4, 5, 6, 123456000, time.UTC)
	assert.Equal(t, at, us[0].Quote.Time)
	assert.Equal(t, at, us[0].Stats.Time)
	assert.Zero(t, us[0].Quote.Received)
	us, _, err = newTestSession().Parse(fixture(t, "trade_snapshot"), nil)
	require.NoError(t, err)
	assert.Equal(t, time.Date(2031, 2, 3, 4, 2, 6, 123456789, time.UTC), us[0].Trade.Time)
}

// TestRows: what cannot be read costs its group or its row, and no more.
func TestRows(t *testing.T) {
	const (
		quote = `"symbol":"BTC/EUR","bid":1.5,"ask":2.5`
		stats = `"volume":10,"low":1,"high":3`
		good  = `{"symbol":"DOGE/BTC","bid":4,"ask":5}`
	)
	for row, want := range map[string]struct{ told, says string }{
		`{` + quote + `,` + stats + `}`:                                     {"BTC-EUR quote 1.5 2.5 stats 3 1 10", ""},
		`{` + quote + `,"new":{"a":[1]}}`:                                   {"BTC-EUR quote 1.5 2.5", ""},
		`{"symbol":"BTC\/EUR","bid":8e-08,"ask":4.089E+4}`:                  {"BTC-EUR quote 0.00000008 40890", ""},
		`{"symbol":"BTC/EUR","bid":0,"ask":2.5}`:                            {"BTC-EUR quote 0 2.5", ""}, // an empty side
		`{"symbol":"BTC/EUR","bid":null,"ask":2.5}`:                         {"BTC-EUR quote 0 2.5", ""},
		`{"symbol":"BTC/EUR","bid":0.0,"ask":0.0}`:                          {"BTC-EUR quote 0 0", ""},
		`{"symbol":"BTC/EUR","ask":2.5,` + stats + `}`:                      {"BTC-EUR stats 3 1 10", ""}, // no quote without a side
		`{"symbol":"BTC/EUR","bid":-1,"ask":2.5,` + stats + `}`:             {"BTC-EUR stats 3 1 10", "negative"},
		`{"symbol":"BTC/EUR","bid":1e400,"ask":2.5,` + stats + `}`:          {"BTC-EUR stats 3 1 10", "does not fit"},
		`{"symbol":"BTC/EUR","bid":[1],"ask":2.5,` + stats + `}`:            {"BTC-EUR stats 3 1 10", "no amount"},
		`{` + quote + `,"volume":123456789012.12345678,"low":1,"high":3}`:   {"BTC-EUR quote 1.5 2.5 stats 3 1 0", "does not fit"},
		`{` + quote + `,"volume":"x","low":-1,"high":{}}`:                   {"BTC-EUR quote 1.5 2.5", "no amount"},
		`{` + quote + `,"timestamp":"yesterday"}`:                           {"BTC-EUR quote 1.5 2.5", "no time"},
		`{"symbol":"BTC/EUR","last":7}`:                                     {"", "tells nothing"},
		`{"symbol":"LTC/EUR","bid":1,"ask":2}`:                              {"", `unknown market "LTC/EUR"`},
		`{"bid":1,"ask":2}`:                                                 {"", "unknown market"},
		`{"symbol":7,"bid":1,"ask":2}`:                                      {"", "no string"},
		`[]`:                                                                {"", "no object"},
		`7`:                                                                 {"", "no object"},
		`{"symbol":"BTC/EUR","bid":-0,"ask":-0,"volume":-0,"timestamp":-0}`: {"", "negative"},
	} {
		us, proves, err := newTestSession().Parse([]byte(tickerFrame(row+","+good)), nil)
		assert.Equal(t, strings.TrimPrefix(want.told+", DOGE-BTC quote 4 5", ", "), show(us...), row)
		assert.True(t, proves)
		if want.says == "" {
			require.NoError(t, err, row)
			continue
		}
		var bad *exchange.FrameError
		require.ErrorAs(t, err, &bad, row)
		require.ErrorContains(t, err, want.says, row)
		assert.Equal(t, strings.Contains(want.says, "unknown"), errors.Is(err, exchange.ErrUnknownMarket))
	}
}

func TestTrades(t *testing.T) {
	const good = `{"symbol":"DOGE/BTC","price":4,"qty":5,"trade_id":6}`
	for row, want := range map[string]struct{ told, says string }{
		`{"symbol":"BTC/EUR","price":1.5,"qty":2,"trade_id":18446744073709551615}`: {"BTC-EUR trade 1.5 2 #18446744073709551615", ""},
		`{"symbol":"BTC/EUR","price":1.5,"qty":2}`:                                 {"BTC-EUR trade 1.5 2 #0", ""},
		`{"symbol":"BTC/EUR","price":1.5,"qty":1e-40,"trade_id":1}`:                {"BTC-EUR trade 1.5 0 #1", "does not fit"},
		`{"symbol":"BTC/EUR","price":1.5,"qty":2,"trade_id":-1}`:                   {"", "no unsigned integer"},
		`{"symbol":"BTC/EUR","price":1.5,"qty":2,"trade_id":1.5}`:                  {"", "no unsigned integer"},
		`{"symbol":"BTC/EUR","price":0,"qty":2,"trade_id":1}`:                      {"", "tells nothing"},
		`{"symbol":"BTC/EUR","price":null,"qty":2,"trade_id":1}`:                   {"", "tells nothing"},
		`{"symbol":"BTC/EUR","price":-1,"qty":2,"trade_id":1}`:                     {"", "negative"},
		`{"symbol":"BTC/EUR","qty":2,"trade_id":1}`:                                {"", "tells nothing"},
		`{"symbol":"XBT/EUR","price":1,"qty":2,"trade_id":1}`:                      {"", "unknown market"},
	} {
		us, _, err := newTestSession().Parse([]byte(tradeFrame(row+","+good)), nil)
		assert.Equal(t, strings.TrimPrefix(want.told+", DOGE-BTC trade 4 5 #6", ", "), show(us...), row)
		if want.says == "" {
			require.NoError(t, err, row)
		} else {
			require.ErrorContains(t, err, want.says, row)
		}
	}
}

// TestNewestTrade: of trades of one market in one message only the newest is told,
// and no other market's gets lost.
func TestNewestTrade(t *testing.T) {
	row := func(symbol string, id int) string {
		return fmt.Sprintf(`{"symbol":%q,"price":%d,"qty":1,"trade_id":%d}`, symbol, 10*id, id)
	}
	for frame, want := range map[string]string{
		row("BTC/EUR", 1) + "," + row("BTC/EUR", 2) + "," + row("BTC/EUR", 3):  "BTC-EUR trade 30 1 #3",
		row("BTC/EUR", 3) + "," + row("BTC/EUR", 2) + "," + row("BTC/EUR", 1):  "BTC-EUR trade 30 1 #3",
		row("BTC/EUR", 1) + "," + row("DOGE/BTC", 2) + "," + row("BTC/EUR", 3): "BTC-EUR trade 10 1 #1, DOGE-BTC trade 20 1 #2, BTC-EUR trade 30 1 #3",
	} {
		before := ticker.Update{Ticker: ticker.Ticker{Market: "BTC-EUR"}} // of another frame
		us, _, err := newTestSession().Parse([]byte(tradeFrame(frame)), []ticker.Update{before})
		require.NoError(t, err)
		assert.Equal(t, before, us[0])
		assert.Equal(t, want, show(us[1:]...))
	}
}

// TestSpoilt: a frame that is no JSON gives nothing.
func TestSpoilt(t *testing.T) {
	whole := string(fixture(t, "ticker_snapshot"))
	frames := []string{"", " ", "null", "7", "[]", `"x"`, "{}x", strings.Repeat("[", 100_000), strings.Repeat(`{"a":`, 100_000), "\x00\xff"}
	for i := 1; i < len(whole)-2; i += 7 {
		frames = append(frames, whole[:i])
	}
	before := []ticker.Update{{Groups: ticker.StatsGroup}}
	for _, f := range frames {
		us, proves, err := newTestSession().Parse([]byte(f), before)
		assert.Equal(t, before, us, "%.60s", f)
		assert.False(t, proves)
		var bad *exchange.FrameError
		if f != "null" { // which tells nothing, and breaks nothing
			require.ErrorAs(t, err, &bad, "%.60s", f)
			assert.Less(t, len(err.Error()), 500)
		}
	}
	for _, f := range []string{`{"channel":"ticker"}`, `{"channel":"ticker","data":{}}`, `{"channel":"ticker","data":"x"}`} {
		us, _, err := newTestSession().Parse([]byte(f), nil)
		assert.Empty(t, us)
		assert.Error(t, err, f)
	}
}

func TestParseAllocsNothing(t *testing.T) {
	s := newTestSession()
	dst := make([]ticker.Update, 0, 4)
	for _, name := range []string{"ticker_snapshot", "ticker_update", "trade_snapshot", "trade_update", "heartbeat"} {
		frame := fixture(t, name)
		assert.Zero(t, testing.AllocsPerRun(100, func() {
			var err error
			if dst, _, err = s.Parse(frame, dst[:0]); err != nil {
				panic(err)
			}
		}), name)
	}
}

func BenchmarkParse(b *testing.B) {
	s, frame := newTestSession(), fixture(b, "ticker_snapshot")
	dst := make([]ticker.Update, 0, 4)
	b.ReportAllocs()
	for b.Loop() {
		dst, _, _ = s.Parse(frame, dst[:0])
	}
}
