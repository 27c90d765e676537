package bitstamp

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// The traps of the wire that parsing falls into; the others are in traps_test.go.

func TestTrapJSONNumbersAreBinary(t *testing.T) {
	u := one(t, fixture(t, "trade")) // "amount":1e-05, "price":64250.1
	assert.Equal(t, "0.00001", u.Trade.Size.String())
	us, _, err := parser(btc)([]byte(`{"data":{"id":1,"price":64250.1,"amount":1},"channel":"live_trades_btcusd","event":"trade"}`), nil)
	require.Error(t, err, "no price_str")
	assert.Empty(t, us)
}

func TestTrapIDsOfPerpetualsAbove2To53(t *testing.T) {
	perp := exchange.Listing{Market: "BTC-PERP", Symbol: "btcusd-perp"} // as nobody lists it
	u := one(t, fixture(t, "trade_perp"), perp)
	assert.Equal(t, uint64(17894564005860123), u.Trade.Key)
}

func TestTrapTimestampOfPerpetualsIsInMilliseconds(t *testing.T) {
	perp := exchange.Listing{Market: "BTC-PERP", Symbol: "btcusd-perp"}
	assert.Equal(t, one(t, fixture(t, "trade")).Trade.Time, one(t, fixture(t, "trade_perp"), perp).Trade.Time)
}

func TestTrapPerpetualsAreListedToo(t *testing.T) {
	ls, skipped, err := readMarkets(fixture(t, "markets"))
	require.NoError(t, err)
	for _, l := range ls {
		assert.NotContains(t, l.Symbol, "perp")
	}
	assert.Equal(t, "not a spot market", skipped["BTC/USD-PERP"])
	us, err := readTickers(fixture(t, "tickers"))
	require.NoError(t, err)
	for _, u := range us {
		assert.NotContains(t, u.Market, "PERP")
	}
}

func TestTrapTradesOfOneTakerShareTheirTime(t *testing.T) {
	first := fixture(t, "trade")
	second := []byte(strings.ReplaceAll(string(first), "301000451", "301000452"))
	a, b := one(t, first), one(t, second)
	assert.Equal(t, a.Trade.Time, b.Trade.Time)
	assert.Greater(t, b.Trade.Key, a.Trade.Key)
}

func TestTrapSymbolOnlyInTheChannel(t *testing.T) {
	eth := exchange.Listing{Market: "ETH-USD", Symbol: "ethusd"}
	p := strings.ReplaceAll(string(fixture(t, "order_book")), "btcusd", "ethusd")
	assert.Equal(t, ticker.Market("ETH-USD"), one(t, []byte(p), eth).Market)
}

func TestTrapEmptySide(t *testing.T) {
	q := one(t, fixture(t, "order_book_one_side")).Quote
	assert.True(t, q.Bid.IsZero())
	assert.True(t, q.BidSize.IsZero())
	assert.Equal(t, "64251", q.Ask.String())
}

func TestTrapCrossedForOneMessage(t *testing.T) {
	q := one(t, fixture(t, "order_book_crossed")).Quote // told as it is
	assert.Equal(t, "64260", q.Bid.String())
	assert.Equal(t, "64251", q.Ask.String())
}

func TestTrapOnlyTheFirstLevelCountsButAllAreJSON(t *testing.T) {
	p := string(fixture(t, "order_book"))
	q := one(t, []byte(strings.Replace(p, `["64248","1.25000000"]`, `["x",{"y":[null]}]`, 1))).Quote
	assert.Equal(t, "64249", q.Bid.String())
	_, _, err := parser(btc)([]byte(strings.Replace(p, `["64248","1.25000000"]`, `["64248" "1"]`, 1)), nil)
	require.Error(t, err)
}

func TestTrapWholeNumbersHaveNoDecimals(t *testing.T) {
	us, err := readTickers(fixture(t, "tickers"))
	require.NoError(t, err)
	assert.Equal(t, "64250", us[0].Trade.Price.String())
}

func TestTrapPairMissing(t *testing.T) {
	u, err := readTicker(fixture(t, "ticker_2022"), "ETH-USD")
	require.NoError(t, err)
	assert.Equal(t, ticker.Market("ETH-USD"), u.Market)
	assert.Equal(t, "2210", u.Trade.Price.String())
	us, err := readTickers([]byte("[" + string(fixture(t, "ticker_2022")) + "]"))
	require.Error(t, err, "among all it must say which")
	assert.Empty(t, us)
}

func TestTrapPercentChangeNullOrEmpty(t *testing.T) {
	_, err := readTickers(fixture(t, "tickers"))
	require.NoError(t, err)
	_, err = readTicker(fixture(t, "ticker_2022"), "ETH-USD")
	require.NoError(t, err)
}

func TestTrapTimestampIsNotOfTheLastTrade(t *testing.T) {
	u, err := readTicker(fixture(t, "ticker_2022"), "ETH-USD")
	require.NoError(t, err)
	assert.True(t, u.Trade.Time.IsZero())
	assert.True(t, u.Quote.Time.IsZero())
	assert.Equal(t, time.Unix(1643640111, 0).UTC(), u.Stats.Time)
}

func TestTrapOpenIsTheDays(t *testing.T) {
	u, err := readTicker(fixture(t, "ticker_2022"), "ETH-USD")
	require.NoError(t, err)
	assert.Equal(t, "2305", u.Stats.Open.String())
}

func TestTrapZeroIsSpelledInManyWays(t *testing.T) {
	for _, zero := range []string{`"0"`, `"0.00000"`, `"0.00000000"`, `""`, `null`} {
		u, err := readTicker([]byte(`{"last":"1","bid":`+zero+`,"ask":"2"}`), "BTC-USD")
		require.NoError(t, err, zero)
		assert.True(t, u.Quote.Bid.IsZero(), zero)
		assert.True(t, u.Groups.Has(ticker.QuoteGroup), zero)
	}
}

func TestTrapNoInstantOrdersStillTrades(t *testing.T) {
	ls, _, err := readMarkets(fixture(t, "markets"))
	require.NoError(t, err)
	assert.Equal(t, ticker.Market("EUR-USD"), ls[1].Market)
	assert.True(t, ls[1].Trading)
}

func TestTrapRequestReconnectWithEmptyDataOrNull(t *testing.T) {
	for _, name := range []string{"request_reconnect", "request_reconnect_null"} {
		_, _, err := parser(btc)(fixture(t, name), nil)
		require.ErrorIs(t, err, ErrReconnect)
		var frame *exchange.FrameError
		assert.NotErrorAs(t, err, &frame) // it ends the stream
	}
}

// TestTrapErrorNamesNoChannel: nor does it end the connection; what is refused is
// found by what is left.
func TestTrapErrorNamesNoChannel(t *testing.T) {
	sub := exchange.NewSubscription(btc)
	s := newSession(sub)
	s.Subscribe([]exchange.Listing{btc}, nil)
	require.Len(t, sub.Frames(), 2)
	_, _, err := s.Parse(fixture(t, "error"), nil)
	require.NoError(t, err)
	assert.Len(t, s.(*session).waiting, 2, "one of two: it is not known which")
	_, _, err = s.Parse(fixture(t, "subscription_succeeded"), nil)
	require.NoError(t, err)
	assert.Empty(t, s.(*session).waiting)
	_, _, err = s.Parse(fixture(t, "error"), nil) // about nothing that was asked
	require.ErrorContains(t, err, "Invalid channel provided.")
}
