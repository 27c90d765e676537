package kraken

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// parsed returns what one frame tells; it must be without fault.
func parsed(t *testing.T, frame string) []ticker.Update {
	t.Helper()
	us, _, err := newTestSession().Parse([]byte(frame), nil)
	require.NoError(t, err, frame)
	return us
}

const whole = `"symbol":"BTC/EUR","bid":1.5,"bid_qty":1,"ask":2.5,"ask_qty":1,"last":2,"volume":10,"vwap":2,"low":1,"high":3,"change":-0.5,"change_pct":-1`

func TestTrapConnectionIDAbove63Bits(t *testing.T) {
	assert.Empty(t, parsed(t, `{"channel":"status","type":"update","data":[{"connection_id":18446744073709551615,"system":"maintenance"}]}`))
}

func TestTrapFirstMessageIsStatus(t *testing.T) {
	us, proves, err := newTestSession().Parse(fixture(t, "status"), nil)
	require.NoError(t, err)
	assert.Empty(t, us)
	assert.False(t, proves)
}

func TestTrapSnapshotAndUpdateAreAlike(t *testing.T) {
	want := show(parsed(t, tickerFrame("{"+whole+"}"))...)
	assert.Equal(t, want, show(parsed(t, `{"channel":"ticker","type":"snapshot","data":[{`+whole+`}]}`)...))
	assert.Equal(t, want, show(parsed(t, `{"data":[{`+whole+`}],"type":"snapshot","channel":"ticker"}`)...), "in any order")
}

func TestTrapJSONNumbersStayExact(t *testing.T) {
	for wire, want := range map[string]string{
		"0.1": "0.1", "8750.0000": "8750", "79331.299999999999": "79331.299999999999", "1e-7": "0.0000001",
		"9007199254740993": "9007199254740993", "4.089E+4": "40890", "0.0000123410": "0.000012341",
	} {
		us := parsed(t, tickerFrame(`{"symbol":"BTC/EUR","bid":`+wire+`,"ask":`+wire+`}`))
		assert.Equal(t, want, us[0].Quote.Bid.String())
		assert.Equal(t, want, us[0].Quote.Ask.String())
		us = parsed(t, tradeFrame(`{"symbol":"BTC/EUR","price":`+wire+`,"qty":`+wire+`}`))
		assert.Equal(t, want, us[0].Trade.Price.String())
		assert.Equal(t, want, us[0].Trade.Size.String())
	}
}

func TestTrapOptionalFields(t *testing.T) {
	want := show(parsed(t, tickerFrame("{"+whole+"}"))...)
	for _, more := range []string{`,"trades":145275`, `,"timestamp":"2031-02-03T04:05:06.123456Z"`, `,"timestamp":"2031-02-03T04:05:06.123456789Z"`, `,"vwap2":{}`} {
		us := parsed(t, tickerFrame("{"+whole+more+"}"))
		assert.Equal(t, want, show(us...))
		assert.Equal(t, strings.Contains(more, "timestamp"), !us[0].Quote.Time.IsZero())
	}
}

func TestTrapLastMayBeMissing(t *testing.T) {
	want := show(parsed(t, tickerFrame("{"+whole+"}"))...)
	for _, last := range []string{``, `"last":0,`, `"last":null,`} {
		us := parsed(t, tickerFrame("{"+strings.Replace(whole, `"last":2,`, last, 1)+"}"))
		assert.Equal(t, want, show(us...))
		assert.False(t, us[0].Groups.Has(ticker.TradeGroup))
	}
}

func TestTrapManyRows(t *testing.T) {
	us := parsed(t, tickerFrame("{"+whole+"},{"+strings.Replace(whole, "BTC/EUR", "DOGE/BTC", 1)+"}"))
	require.Len(t, us, 2)
	assert.Equal(t, ticker.Market("DOGE-BTC"), us[1].Market)
}

// TestTrapEmptyTradeSnapshot: a new market has no trades yet.
func TestTrapEmptyTradeSnapshot(t *testing.T) {
	us, proves, err := newTestSession().Parse([]byte(`{"channel":"trade","type":"snapshot","data":[]}`), nil)
	require.NoError(t, err)
	assert.Empty(t, us)
	assert.True(t, proves)
}

// TestTrapSizesAndOpenAreNotTold: nobody says of when a size is, and REST's open is
// of today.
func TestTrapSizesAndOpenAreNotTold(t *testing.T) {
	rest, err := readTickers(result(t, "rest_ticker"), nil)
	require.NoError(t, err)
	for _, u := range append(rest, parsed(t, tickerFrame("{"+whole+"}"))...) {
		assert.True(t, u.Groups.Has(ticker.QuoteGroup|ticker.StatsGroup))
		assert.Zero(t, u.Quote.BidSize)
		assert.Zero(t, u.Quote.AskSize)
		assert.Zero(t, u.Stats.Open)
	}
}

// TestTrapTodayIsNotTheLast24Hours: the first of a pair is since midnight UTC, zero
// just after it.
func TestTrapTodayIsNotTheLast24Hours(t *testing.T) {
	us, err := readTickers(result(t, "rest_ticker"), nil)
	require.NoError(t, err)
	assert.Equal(t, "72000 70100 321.12345678", us[0].Stats.High.String()+" "+us[0].Stats.Low.String()+" "+us[0].Stats.Volume.String())
}

// TestTrapOpenIsAStringOrAnArray: of REST and of websocket v1.
func TestTrapOpenIsAStringOrAnArray(t *testing.T) {
	for _, o := range []string{`"1"`, `["1","2"]`} {
		us, err := readTickers([]byte(`{"BTC/EUR":{"c":["1","1"],"o":`+o+`}}`), nil)
		require.NoError(t, err)
		assert.Len(t, us, 1)
	}
}

func TestTrapDarkPools(t *testing.T) {
	ls, known := readPairs(result(t, "rest_pairs_old"))
	for _, l := range ls {
		assert.NotContains(t, l.RESTSymbol, ".d")
	}
	us, err := readTickers([]byte(`{"XXBTZEUR.d":{"c":["1","1"]},"XXBTZEUR":{"c":["2","1"]},"BTC/EUR.d":{"c":["3","1"]}}`), known)
	require.NoError(t, err)
	assert.Equal(t, "BTC-EUR trade 2 1 #0", show(us...))
}

// TestTrapTokenizedAssets: they are not in the list that is asked for; where one
// is, it is a market like any other.
func TestTrapTokenizedAssets(t *testing.T) {
	ls, _ := readPairs([]byte(`{"AAPLxUSD":{"altname":"AAPLxUSD","wsname":"AAPLx/USD"}}`))
	assert.Equal(t, []exchange.Listing{{Market: "AAPLX-USD", Symbol: "AAPLx/USD", RESTSymbol: "AAPLxUSD", Trading: true}}, ls)
}

func TestTrapWarnings(t *testing.T) {
	r, err := readResult([]byte(`{"error":["WGeneral:going away"],"result":{"a":1}}`))
	require.NoError(t, err)
	assert.Equal(t, `{"a":1}`, string(r))
	assert.Empty(t, parsed(t, string(fixture(t, "ack_ticker"))))
}

// TestTrapV1: its arrays and events are of another protocol.
func TestTrapV1(t *testing.T) {
	_, _, err := newTestSession().Parse([]byte(`[1668,{"a":["13.2",35,"35.7"]},"ticker","BTC/EUR"]`), nil)
	require.Error(t, err)
	for _, f := range []string{`{"event":"heartbeat"}`, `{"connectionID":1,"event":"systemStatus","status":"online"}`} {
		us, proves, err := newTestSession().Parse([]byte(f), nil)
		require.NoError(t, err)
		assert.Empty(t, us)
		assert.False(t, proves)
	}
}
