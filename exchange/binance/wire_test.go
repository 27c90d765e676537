package binance

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

var abc = exchange.Listing{Market: "ABC-USDT", Symbol: "ABCUSDT", RESTSymbol: "ABCUSDT", Trading: true}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	p, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return p
}

// parse reads a frame on a connection that carries ABC-USDT.
func parse(t testing.TB, frame []byte) ([]ticker.Update, bool, error) {
	t.Helper()
	return newSession(exchange.NewSubscription(abc)).Parse(frame, nil)
}

// one reads a frame that tells something.
func one(t testing.TB, frame []byte) ticker.Update {
	t.Helper()
	us, proves, err := parse(t, frame)
	require.NoError(t, err)
	require.True(t, proves)
	require.Len(t, us, 1)
	assert.Equal(t, ticker.Market("ABC-USDT"), us[0].Market)
	return us[0]
}

func TestBookTicker(t *testing.T) {
	u := one(t, fixture(t, "bookticker.json"))
	assert.Equal(t, ticker.QuoteGroup, u.Groups)
	assert.Equal(t, "12.345 3.1 12.347 0.25", u.Quote.Bid.String()+" "+u.Quote.BidSize.String()+" "+u.Quote.Ask.String()+" "+u.Quote.AskSize.String())
	assert.Equal(t, uint64(7700012), u.Quote.Key)
}

// TestBookTickerHasNoTimeAndNoEventName: it is known by its keys, wrapped or not,
// and no time is made up for it.
func TestBookTickerHasNoTimeAndNoEventName(t *testing.T) {
	for _, name := range []string{"bookticker.json", "bookticker_raw.json"} {
		u := one(t, fixture(t, name))
		assert.Equal(t, ticker.QuoteGroup, u.Groups, name)
		assert.True(t, u.Quote.Time.IsZero(), name)
		assert.True(t, u.Quote.Received.IsZero(), name)
	}
}

// TestEmptySideIsNotReported: a bid of zero is no bid, and the ask stays one.
func TestEmptySideIsNotReported(t *testing.T) {
	u := one(t, fixture(t, "bookticker_empty_side.json"))
	assert.True(t, u.Quote.Bid.IsZero())
	assert.Equal(t, "12.4", u.Quote.Ask.String())
}

func TestTicker(t *testing.T) {
	u := one(t, fixture(t, "ticker.json"))
	assert.Equal(t, ticker.TradeGroup|ticker.StatsGroup, u.Groups)
	assert.Equal(t, "12.346 0.75", u.Trade.Price.String()+" "+u.Trade.Size.String())
	assert.Equal(t, uint64(5432), u.Trade.Key)
	assert.Equal(t, "12 12.9 11.8 4321.5", u.Stats.Open.String()+" "+u.Stats.High.String()+" "+u.Stats.Low.String()+" "+u.Stats.Volume.String())
	assert.Equal(t, ticker.Quote{}, u.Quote, "the quote of @ticker is older than that of @bookTicker")
}

// TestKeysDifferOnlyInCase: p and P, c and C, o and O, l and L, b and B, q and Q are
// different things.
func TestKeysDifferOnlyInCase(t *testing.T) {
	u := one(t, fixture(t, "ticker.json"))
	assert.Equal(t, "12.346", u.Trade.Price.String(), "c, not C")
	assert.Equal(t, "12", u.Stats.Open.String(), "o, not O")
	assert.Equal(t, "11.8", u.Stats.Low.String(), "l, not L")
	assert.Equal(t, "0.75", u.Trade.Size.String(), "Q, not q")
	reversed := `{"B":"4","A":"3","a":"2","b":"1","s":"ABCUSDT","u":9}`
	u = one(t, []byte(reversed))
	assert.Equal(t, "1 4 2 3", u.Quote.Bid.String()+" "+u.Quote.BidSize.String()+" "+u.Quote.Ask.String()+" "+u.Quote.AskSize.String())
}

// TestEventTimeIsTheSamplers: E is later than the trade, whose time is not told;
// two tickers may share C, so it is neither time nor key.
func TestEventTimeIsTheSamplers(t *testing.T) {
	u := one(t, fixture(t, "ticker.json"))
	assert.True(t, u.Trade.Time.IsZero())
	assert.Equal(t, time.UnixMilli(1767225600123).UTC(), u.Stats.Time)
	assert.Equal(t, uint64(5432), u.Stats.Key)
}

// TestNoTradesInADay: ids of -1 are no keys, and the stream says nothing of the
// last trade.
func TestNoTradesInADay(t *testing.T) {
	u := one(t, fixture(t, "ticker_no_trades.json"))
	assert.Equal(t, ticker.StatsGroup, u.Groups)
	assert.Zero(t, u.Stats.Key)
	assert.True(t, u.Stats.Volume.IsZero())
}

// TestMiniTickerProvesThatDataFlows and tells nothing: its last price is without
// a trade's id.
func TestMiniTickerProvesThatDataFlows(t *testing.T) {
	us, proves, err := parse(t, fixture(t, "miniticker.json"))
	require.NoError(t, err)
	assert.True(t, proves)
	assert.Empty(t, us)
}

func TestUnknownTypesArePassedOver(t *testing.T) {
	for _, frame := range []string{string(fixture(t, "trade.json")), `[]`, `{}`, `[{"e":"24hrMiniTicker"}]`, `null`, `{"stream":"x","data":[1]}`} {
		us, proves, err := parse(t, []byte(frame))
		require.NoError(t, err, frame)
		assert.False(t, proves, frame)
		assert.Empty(t, us, frame)
	}
}

// TestServerShutdown: the exchange asks to reconnect, so another is opened.
func TestServerShutdown(t *testing.T) {
	for _, frame := range []string{string(fixture(t, "shutdown.json")), `{"e":"serverShutdown","E":1767225600555}`} {
		_, _, err := parse(t, []byte(frame))
		require.ErrorIs(t, err, exchange.ErrEnding)
		var bad *exchange.FrameError
		assert.NotErrorAs(t, err, &bad, "which would cost the frame only")
	}
}

func TestSpoiltFrames(t *testing.T) {
	for _, frame := range []string{
		``, `{`, `closed for maintenance`, `{"u":1,"s":"ABCUSDT","b":"1","B":"1","a":"2","A":"1"`,
		`{"u":-1,"s":"ABCUSDT","b":"1","B":"1","a":"2","A":"1"}`,
		`{"u":1,"s":"ABCUSDT","b":"-1","B":"1","a":"2","A":"1"}`,
		`{"u":1,"s":"ABCUSDT","b":"1","a":"2","A":"1"}`,
		`{"u":1,"s":"ABCUSDT","b":"","B":"1","a":"2","A":"1"}`,
		`{"u":1,"s":"NOSUCH","b":"1","B":"1","a":"2","A":"1"}`,
		`{"e":"24hrTicker","s":"ABCUSDT"}`,
		`{"e":"24hrTicker","E":99999999999999999,"s":"ABCUSDT","L":"x"}`,
	} {
		us, proves, err := parse(t, []byte(frame))
		var bad *exchange.FrameError
		require.ErrorAs(t, err, &bad, frame)
		assert.Equal(t, Name, bad.Exchange)
		assert.Empty(t, us, frame)
		assert.False(t, proves, frame)
	}
}

// TestWhatDoesNotFit: a size is left out, a price costs its group, neither costs
// the market.
func TestWhatDoesNotFit(t *testing.T) {
	const long = "1.23456789012345678901"
	us, _, err := parse(t, []byte(`{"u":1,"s":"ABCUSDT","b":"1","B":"`+long+`","a":"2","A":"3"}`))
	require.ErrorIs(t, err, exchange.ErrInexact)
	require.Len(t, us, 1)
	assert.True(t, us[0].Quote.BidSize.IsZero())
	assert.Equal(t, "3", us[0].Quote.AskSize.String())
	us, _, err = parse(t, []byte(`{"e":"24hrTicker","E":1767225600123,"s":"ABCUSDT","c":"`+long+`","Q":"1","o":"1","h":"`+long+`","l":"1","v":"5","L":7}`))
	require.ErrorIs(t, err, exchange.ErrInexact)
	require.Len(t, us, 1)
	assert.Equal(t, ticker.StatsGroup, us[0].Groups)
	assert.True(t, us[0].Stats.High.IsZero())
	assert.Equal(t, "5", us[0].Stats.Volume.String())
}

// TestExponents are numbers, too.
func TestExponents(t *testing.T) {
	u := one(t, []byte(`{"u":1,"s":"ABCUSDT","b":"8e-08","B":1.5E+2,"a":9e-08,"A":"1"}`))
	assert.Equal(t, "0.00000008 150", u.Quote.Bid.String()+" "+u.Quote.BidSize.String())
}

func TestParseAllocsNothing(t *testing.T) {
	s := newSession(exchange.NewSubscription(abc))
	dst := make([]ticker.Update, 0, 4)
	for _, name := range []string{"bookticker.json", "bookticker_raw.json", "ticker.json", "miniticker.json"} {
		frame := fixture(t, name)
		assert.Zero(t, testing.AllocsPerRun(100, func() {
			if _, _, err := s.Parse(frame, dst[:0]); err != nil {
				t.Fatal(err)
			}
		}), name)
	}
}

func BenchmarkParse(b *testing.B) {
	s := newSession(exchange.NewSubscription(abc))
	dst := make([]ticker.Update, 0, 4)
	for _, name := range []string{"bookticker.json", "ticker.json"} {
		frame := fixture(b, name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				dst, _, _ = s.Parse(frame, dst[:0])
			}
		})
	}
}
