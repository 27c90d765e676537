package binance

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

var listed = map[string]ticker.Market{"ABCUSDT": "ABC-USDT", "币安USDT": "币安-USDT"}

// TestSnapshotRows: one answer tells all groups, the quote without a key.
func TestSnapshotRows(t *testing.T) {
	us, err := readTickers(fixture(t, "ticker24hr.json"), listed)
	require.NoError(t, err)
	require.Len(t, us, 2, "what is not listed, or does not trade, is passed over")
	u := us[0]
	assert.Equal(t, ticker.AllGroups, u.Groups)
	assert.Equal(t, "12.346 12.345 12.347 4321.5", u.Trade.Price.String()+" "+u.Quote.Bid.String()+" "+u.Quote.Ask.String()+" "+u.Stats.Volume.String())
	assert.Zero(t, u.Quote.Key, "REST tells no update id")
	assert.True(t, u.Quote.Time.IsZero())
	assert.True(t, u.Trade.Time.IsZero())
	assert.Equal(t, time.UnixMilli(1767225600100).UTC(), u.Stats.Time)
}

// TestTradeIDsAreComparable: L of the stream and lastId of REST are of one count.
func TestTradeIDsAreComparable(t *testing.T) {
	us, err := readTickers(fixture(t, "ticker24hr.json"), listed)
	require.NoError(t, err)
	assert.Equal(t, one(t, fixture(t, "ticker.json")).Trade.Key, us[0].Trade.Key)
}

// TestNeverTraded: a market without a trade in a day is answered for, with
// nothing reported: else it would be unknown for ever.
func TestNeverTraded(t *testing.T) {
	us, err := readTickers(fixture(t, "ticker24hr.json"), listed)
	require.NoError(t, err)
	u := us[1]
	assert.Equal(t, ticker.AllGroups, u.Groups)
	assert.True(t, u.Trade.Price.IsZero())
	assert.Zero(t, u.Trade.Key)
	assert.Equal(t, "0.001", u.Quote.Bid.String())
	assert.True(t, u.Quote.Ask.IsZero())
}

// TestOneBadRow costs that row.
func TestOneBadRow(t *testing.T) {
	good := `{"symbol":"ABCUSDT","lastPrice":"1","lastQty":"1","bidPrice":"1","bidQty":"1","askPrice":"2","askQty":"1","openPrice":"1","highPrice":"1","lowPrice":"1","volume":"1","closeTime":1767225600100,"lastId":1}`
	for _, bad := range []string{
		strings.Replace(good, `"bidPrice":"1"`, `"bidPrice":[]`, 1),
		strings.Replace(good, `"lastPrice":"1"`, `"lastPrice":"nan"`, 1),
		strings.Replace(good, `"lastId":1`, `"lastId":"?"`, 1),
		`7`, `null`, `{}`,
	} {
		us, err := readTickers([]byte(`[`+bad+`,`+strings.Replace(good, "ABC", "币安", 1)+`]`), listed)
		var frame *exchange.FrameError
		require.ErrorAs(t, err, &frame, bad)
		require.NotEmpty(t, us, bad)
		last := us[len(us)-1]
		assert.Equal(t, ticker.Market("币安-USDT"), last.Market)
		assert.Equal(t, ticker.AllGroups, last.Groups)
	}
	_, err := readTickers([]byte(`[`+strings.Repeat(`{},`, 50)+`{}]`), listed)
	require.ErrorContains(t, err, "and 43 more")
	for _, cut := range []string{``, `[`, `[{}`, `{}`, `{"code":-1000,"msg":"?"}`, `[]]`, `[]`} {
		us, err := readTickers([]byte(cut), listed)
		require.Error(t, err, cut)
		var frame *exchange.FrameError
		require.NotErrorAs(t, err, &frame, "the whole answer is worth nothing: %s", cut)
		assert.Empty(t, us)
	}
}
