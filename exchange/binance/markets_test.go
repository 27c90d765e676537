package binance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

func byMarket(t *table) map[ticker.Market]exchange.Listing {
	out := map[ticker.Market]exchange.Listing{}
	for _, l := range t.listings {
		out[l.Market] = l
	}
	return out
}

func TestMarketList(t *testing.T) {
	list, err := readList(fixture(t, "exchangeinfo.json"))
	require.NoError(t, err)
	ls := byMarket(list)
	require.Len(t, list.listings, 6)
	assert.Equal(t, abc, ls["ABC-USDT"])
	assert.False(t, ls["ABCUP-USDT"].Trading, "TRADING, but not on the spot market")
	assert.Len(t, list.skipped, 3)
	assert.Equal(t, "same market as ABCUSDT", list.skipped["ABCUSDT2"])
	assert.Contains(t, list.skipped, "A-BUSDT")
	assert.Contains(t, list.skipped, "NOQUOTE")
}

// TestBreakStaysListed: as not trading, and its frozen prices are never taken.
func TestBreakStaysListed(t *testing.T) {
	list, err := readList(fixture(t, "exchangeinfo.json"))
	require.NoError(t, err)
	ls := byMarket(list)
	assert.False(t, ls["OLD-USDT"].Trading)
	assert.False(t, ls["HALT-USDT"].Trading)
	us, err := readTickers(fixture(t, "ticker24hr.json"), list.trading)
	require.NoError(t, err)
	for _, u := range us {
		assert.NotEqual(t, ticker.Market("OLD-USDT"), u.Market)
	}
}

// TestNonASCIISymbols are names like others, escaped or not.
func TestNonASCIISymbols(t *testing.T) {
	list, err := readList(fixture(t, "exchangeinfo.json"))
	require.NoError(t, err)
	ls := byMarket(list)
	assert.Equal(t, "币安USDT", ls["币安-USDT"].Symbol)
	assert.Equal(t, "测试BTC", ls["测试-BTC"].Symbol)
	sub := exchange.NewSubscription()
	s := newSession(sub)
	s.Subscribe([]exchange.Listing{ls["币安-USDT"]}, nil)
	assert.Contains(t, string(sub.Frames()[0]), `"币安usdt@bookTicker"`)
	s = newSession(exchange.NewSubscription(ls["币安-USDT"]))
	for _, name := range []string{`币安USDT`, `\u5e01\u5b89USDT`} {
		us, _, err := s.Parse([]byte(`{"u":1,"s":"`+name+`","b":"1","B":"1","a":"2","A":"1"}`), nil)
		require.NoError(t, err)
		assert.Equal(t, ticker.Market("币安-USDT"), us[0].Market)
	}
}

// TestOfTwoSymbolsTheTradingOneIsListed, in either order.
func TestOfTwoSymbolsTheTradingOneIsListed(t *testing.T) {
	const one, two = `{"symbol":"X1","status":"BREAK","baseAsset":"x","quoteAsset":"y"}`, `{"symbol":"X2","status":"TRADING","baseAsset":"X","quoteAsset":"Y"}`
	for _, body := range []string{one + "," + two, two + "," + one} {
		list, err := readList([]byte(`{"symbols":[` + body + `]}`))
		require.NoError(t, err)
		assert.Equal(t, []exchange.Listing{{Market: "X-Y", Symbol: "X2", RESTSymbol: "X2", Trading: true}}, list.listings)
		assert.Equal(t, map[string]string{"X1": "same market as X2"}, list.skipped)
	}
}

// TestAShortListDoesNotCutSnapshots: symbols of an earlier list stay known, unless
// the newer one says that they do not trade.
func TestAShortListDoesNotCutSnapshots(t *testing.T) {
	long := &table{trading: map[string]ticker.Market{"XY": "X-Y", "AB": "A-B"}}
	short, err := readList([]byte(`{"symbols":[{"symbol":"AB","status":"BREAK","baseAsset":"A","quoteAsset":"B"}]}`))
	require.NoError(t, err)
	short.follow(long)
	assert.Equal(t, map[string]ticker.Market{"XY": "X-Y"}, short.trading)
}

func TestSpoiltLists(t *testing.T) {
	for _, body := range []string{``, `[]`, `{}`, `{"symbols":{}}`, `{"symbols":[`, `{"symbols":null}`, `{"symbols":[]}}`} {
		_, err := readList([]byte(body))
		require.Error(t, err, body)
	}
	list, err := readList([]byte(`{"symbols":[7,null,{},[],{"symbol":"AB","status":"TRADING","baseAsset":"A","quoteAsset":"B"}]}`))
	require.NoError(t, err)
	assert.Len(t, list.listings, 1)
}

// captures is the folder of recorded traffic; the test is skipped without one.
func captures(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("TICKERSYNC_CAPTURES")
	if dir == "" {
		t.Skip("TICKERSYNC_CAPTURES is not set")
	}
	return filepath.Join(dir, Name)
}

// TestRecordedMarketLists: each symbol is one market and back, none is skipped.
func TestRecordedMarketLists(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(captures(t), "*", "*api_v3_exchangeInfo.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		body, err := os.ReadFile(file)
		require.NoError(t, err)
		list, err := readList(body)
		require.NoError(t, err)
		assert.Len(t, list.listings, strings.Count(string(body), `"baseAsset"`), file)
		assert.Empty(t, list.skipped)
		seen := map[ticker.Market]bool{}
		for _, l := range list.listings {
			base, quote := l.Market.Split()
			assert.Equal(t, l.Symbol, base+quote)
			assert.False(t, seen[l.Market])
			assert.Equal(t, l.Trading, list.trading[l.Symbol] == l.Market)
			seen[l.Market] = true
		}
		t.Logf("%s: %d markets, %d trade", filepath.Base(filepath.Dir(file)), len(list.listings), len(list.trading))
	}
}
