package bl3p

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"
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

func of(t testing.TB, m ticker.Market) exchange.Listing {
	t.Helper()
	l, err := listing(m)
	require.NoError(t, err)
	return l
}

func btc(t testing.TB) *reader {
	t.Helper()
	return &reader{markets: []exchange.Listing{of(t, "BTC-EUR")}}
}

func dec(s string) decimal.Decimal { return decimal.MustParse(s) }

// told writes an update for comparing: its groups in order.
func told(us []ticker.Update) string {
	var out []string
	for _, u := range us {
		s := string(u.Market)
		if u.Groups.Has(ticker.TradeGroup) {
			s += fmt.Sprintf(" trade %v x %v", u.Trade.Price, u.Trade.Size)
		}
		if u.Groups.Has(ticker.QuoteGroup) {
			s += fmt.Sprintf(" quote %v x %v / %v x %v", u.Quote.Bid, u.Quote.BidSize, u.Quote.Ask, u.Quote.AskSize)
		}
		if u.Groups.Has(ticker.StatsGroup) {
			s += fmt.Sprintf(" stats %v %v %v %v", u.Stats.Open, u.Stats.High, u.Stats.Low, u.Stats.Volume)
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func TestTrade(t *testing.T) {
	us, err := btc(t).read(fixture(t, "trade.json"), nil)
	require.NoError(t, err)
	want := ticker.Update{Ticker: ticker.Ticker{Market: "BTC-EUR"}, Groups: ticker.TradeGroup}
	want.Trade = ticker.Trade{Price: dec("34567.0125"), Size: dec("0.12345678"), Stamp: ticker.Stamp{Time: time.Unix(1700000003, 0).UTC()}}
	assert.Equal(t, []ticker.Update{want}, us)
}

func TestBook(t *testing.T) {
	us, err := btc(t).read(fixture(t, "orderbook.json"), nil)
	require.NoError(t, err)
	want := ticker.Update{Ticker: ticker.Ticker{Market: "BTC-EUR"}, Groups: ticker.QuoteGroup}
	want.Quote = ticker.Quote{Bid: dec("34566.5"), BidSize: dec("0.7000001"), Ask: dec("34570"), AskSize: dec("0.00000001")}
	assert.Equal(t, []ticker.Update{want}, us)
}

func TestTicker(t *testing.T) {
	u, err := readTicker(fixture(t, "rest_ticker.json"), of(t, "BTC-EUR"))
	require.NoError(t, err)
	want := ticker.Update{Ticker: ticker.Ticker{Market: "BTC-EUR"}, Groups: ticker.AllGroups}
	want.Trade.Price = dec("34567.0125")
	want.Quote.Bid, want.Quote.Ask = dec("34566.5"), dec("34570")
	want.Stats.High, want.Stats.Low, want.Stats.Volume = dec("35000"), dec("33999.99999"), dec("2.27000013")
	assert.Equal(t, want, u)
}

// TestFrames: what is told of odd frames, and what is said of them.
func TestFrames(t *testing.T) {
	const row = `{"price_int":500,"amount_int":1}`
	for frame, want := range map[string][2]string{
		// Trades.
		`{"price_int":1,"amount_int":1,"date":1}`:                   {"BTC-EUR trade 0.00001 x 0.00000001", ""},
		`{"price_int":1e5,"amount_int":2.5e7,"date":1}`:             {"BTC-EUR trade 1 x 0.25", ""},
		`{"price_int":"100000","amount_int":"1"}`:                   {"BTC-EUR trade 1 x 0.00000001", ""},
		`{"price_int":9223372036854775807}`:                         {"BTC-EUR trade 92233720368547.75807 x 0", ""},
		`{"price_int":100000,"amount_int":[1],"date":1}`:            {"BTC-EUR trade 1 x 0", "no amount"},
		`{"price_int":100000,"amount_int":-1,"date":1}`:             {"BTC-EUR trade 1 x 0", "negative"},
		`{"price_int":100000,"amount_int":1e30,"date":1}`:           {"BTC-EUR trade 1 x 0", "does not fit"},
		`{"price_int":100000,"amount_int":0.5,"date":1}`:            {"BTC-EUR trade 1 x 0", "whole number"},
		`{"price_int":100000,"amount_int":null}`:                    {"BTC-EUR trade 1 x 0", ""},
		`{"price_int":100000,"Price_int":2,"price":3}`:              {"BTC-EUR trade 1 x 0", ""},
		`{"price_int":7652.31,"amount_int":1,"date":1}`:             {"", "whole number"},
		`{"price_int":9223372036854775808}`:                         {"", "whole number"},
		`{"price_int":99999999999999999999}`:                        {"", "does not fit"},
		`{"price_int":0,"amount_int":1}`:                            {"", "neither"},
		`{"price_int":-5,"amount_int":1}`:                           {"", "negative"},
		`{"price_int":null,"amount_int":1}`:                         {"", "neither"},
		`{"amount_int":1,"date":1}`:                                 {"", "neither"},
		`{"marketplace":"LTCEUR","price_int":1,"amount_int":1}`:     {"", "none of the markets"},
		`{"marketplace":"","price_int":1,"amount_int":1}`:           {"", "none of the markets"},
		`{"marketplace":"BTCEUR","price_int":1,"amount_int":1}{}`:   {"", "end at byte"},
		`{"marketplace":"BTCEUR","price_int":1,"amount_int":1`:      {"", "closing brace"},
		`{"result":"error","data":{"code":"X","message":"price"}}`:  {"", "neither"},
		`[{"price_int":1}]`:                                         {"", "no object"},
		`{}`:                                                        {"", "neither"},
		``:                                                          {"", "no value"},
		`null`:                                                      {"", "neither"},
		`{"price_int":100000,"bids":[` + row + `],"asks":"closed"}`: {"BTC-EUR trade 1 x 0", "no array"},
		// Books.
		`{"bids":[` + row + `],"asks":[]}`:                             {"BTC-EUR quote 0.005 x 0.00000001 / 0 x 0", ""},
		`{"bids":[],"asks":[` + row + `]}`:                             {"BTC-EUR quote 0 x 0 / 0.005 x 0.00000001", ""},
		`{"bids":[],"asks":[]}`:                                        {"BTC-EUR quote 0 x 0 / 0 x 0", ""},
		`{"bids":[` + row + `]}`:                                       {"", "neither"},
		`{"asks":[` + row + `],"bids":null}`:                           {"", "neither"},
		`{"asks":[` + row + `],"bids":{}}`:                             {"", "no array"},
		`{"asks":[` + row + `],"bids":[null]}`:                         {"", "neither"},
		`{"asks":[` + row + `,{"amount_int":1}],"bids":[]}`:            {"", "neither"},
		`{"asks":[` + row + `,{"price_int":0}],"bids":[]}`:             {"", "neither"},
		`{"asks":[` + row + `,{"price_int":1.5}],"bids":[]}`:           {"", "whole number"},
		`{"asks":[{"price_int":400},` + row + `],"bids":[]}`:           {"BTC-EUR quote 0 x 0 / 0.004 x 0", ""},
		`{"asks":[{"price_int":5,"amount_int":"x"}],"bids":[]}`:        {"BTC-EUR quote 0 x 0 / 0.00005 x 0", "no amount"},
		`{"asks":[` + row + `],"bids":[{"price_int":900}],"more":[1]}`: {"BTC-EUR quote 0.009 x 0 / 0.005 x 0.00000001", ""},
	} {
		us, err := btc(t).read([]byte(frame), nil)
		assert.Equal(t, want[0], told(us), frame)
		if want[1] == "" {
			require.NoError(t, err, frame)
			continue
		}
		var bad *exchange.FrameError
		require.ErrorAs(t, err, &bad, frame)
		require.ErrorContains(t, err, want[1], frame)
		assert.True(t, strings.HasPrefix(err.Error(), "bl3p: "))
	}
}

// TestAnswers: what an answer that is not as it should be comes to.
func TestAnswers(t *testing.T) {
	for body, want := range map[string][2]string{
		`{"last":1,"bid":2,"ask":3}`:                                   {"BTC-EUR trade 1 x 0 quote 2 x 0 / 3 x 0 stats 0 0 0 0", ""},
		`{"last":1.10000,"bid":2e0,"ask":3E+1,"volume":{"24h":8e-08}}`: {"BTC-EUR trade 1.1 x 0 quote 2 x 0 / 30 x 0 stats 0 0 0 0.00000008", ""},
		`{"last":null,"bid":2,"ask":null}`:                             {"BTC-EUR trade 0 x 0 quote 2 x 0 / 0 x 0 stats 0 0 0 0", ""},
		`{"last":1e30,"bid":2,"ask":3,"volume":7,"high":[]}`:           {"BTC-EUR quote 2 x 0 / 3 x 0 stats 0 0 0 0", ""},
		`{"last":1,"bid":2}`:                                           {"BTC-EUR trade 1 x 0 stats 0 0 0 0", ""},
		`{"last":1,"bid":-2,"ask":3}`:                                  {"BTC-EUR trade 1 x 0 stats 0 0 0 0", ""},
		`{"bid":2}`:                                                    {"", "without a ticker"},
		`{"currency":"LTC","last":1}`:                                  {"", `about "LTC"`},
		`{"currency":"EUR","last":1}`:                                  {"", `about "EUR"`},
		`{"result":"success","data":1}`:                                {"", "without a ticker"},
		`{"result":"error"}`:                                           {"", `error ""`},
		`{"last":1`:                                                    {"", "closing brace"},
		``:                                                             {"", "no value"},
	} {
		u, err := readTicker([]byte(body), of(t, "BTC-EUR"))
		if want[1] != "" {
			require.ErrorContains(t, err, want[1], body)
			assert.Zero(t, u)
			continue
		}
		require.NoError(t, err, body)
		assert.Equal(t, want[0], told([]ticker.Update{u}), body)
	}
}

func TestReadAllocsNothing(t *testing.T) {
	r, dst := btc(t), make([]ticker.Update, 0, 2)
	for _, name := range []string{"trade.json", "orderbook.json", "orderbook_2018.json"} {
		frame := fixture(t, name)
		assert.Zero(t, testing.AllocsPerRun(100, func() { dst, _ = r.read(frame, dst[:0]) }), name)
		assert.Len(t, dst, 1)
	}
}

func TestMarkets(t *testing.T) {
	for m, symbol := range map[ticker.Market]string{"BTC-EUR": "BTCEUR", "LTC-EUR": "LTCEUR", "1INCH-EUR": "1INCHEUR"} {
		l := of(t, m)
		assert.Equal(t, exchange.Listing{Market: m, Symbol: symbol, RESTSymbol: symbol, Trading: true}, l)
		r := &reader{markets: []exchange.Listing{of(t, "BTC-EUR"), l}}
		assert.Equal(t, m, r.market([]byte(symbol)), "and back")
		assert.Empty(t, r.market(nil), "which of two?")
	}
	for _, m := range []ticker.Market{"", "-EUR", "BTC", "BTCEUR", "BTC-USD", "btc-EUR", "BTC-eur", "B/TC-EUR", "BTC-EUR-EUR", "BTC\n-EUR"} {
		_, err := listing(m)
		require.ErrorContains(t, err, "cannot be a market")
		assert.True(t, exchange.IsPermanent(err))
	}
}

func BenchmarkRead(b *testing.B) {
	r, dst := btc(b), make([]ticker.Update, 0, 2)
	for _, name := range []string{"trade.json", "orderbook.json"} {
		frame := fixture(b, name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				dst, _ = r.read(frame, dst[:0])
			}
		})
	}
}
