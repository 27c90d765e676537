package bitstamp

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

func TestMarkets(t *testing.T) {
	ls, skipped, err := readMarkets(fixture(t, "markets"))
	require.NoError(t, err)
	assert.Equal(t, []exchange.Listing{
		{Market: "BTC-USD", Symbol: "btcusd", RESTSymbol: "btcusd", Trading: true},
		{Market: "EUR-USD", Symbol: "eurusd", RESTSymbol: "eurusd", Trading: true},
		{Market: "1INCH-EUR", Symbol: "1incheur", RESTSymbol: "1incheur"},
	}, ls)
	assert.Equal(t, map[string]string{
		"BTC/USD-PERP": "not a spot market",
		"BTCUSDT":      `"BTCUSDT" is not spelled as BASE/QUOTE`,
		"ETH/USD":      `"ETH/USD" is not spelled as a symbol`,
		"XRP/USD":      `trading is "Perhaps", neither Enabled nor Disabled`,
		"BTC/USD":      "listed twice",
		"":             `"" is not spelled as BASE/QUOTE`,
	}, skipped)
}

func TestOlderList(t *testing.T) {
	ls, skipped, err := readMarkets(fixture(t, "trading_pairs_info"))
	require.NoError(t, err)
	assert.Empty(t, skipped)
	assert.Equal(t, []exchange.Listing{btc}, ls)
}

func TestLongSymbol(t *testing.T) {
	long := strings.Repeat("x", 100)
	ls, skipped, err := readMarkets([]byte(`[{"name":"X/Y","market_symbol":"` + long + `","trading":"Enabled"}]`))
	require.NoError(t, err)
	assert.Empty(t, ls)
	assert.Contains(t, skipped["X/Y"], "is not spelled as a symbol")
}

// TestRecordedLists: every symbol of a recorded list maps to one market and back,
// or is named as passed over.
func TestRecordedLists(t *testing.T) {
	lists, _ := filepath.Glob(filepath.Join(captures(t), "*", "*trading_pairs_info.json"))
	newer, _ := filepath.Glob(filepath.Join(captures(t), "*", "*markets.json"))
	lists = append(lists, newer...)
	require.NotEmpty(t, lists)
	for _, list := range lists {
		body, err := os.ReadFile(list)
		require.NoError(t, err)
		ls, skipped, err := readMarkets(body)
		require.NoError(t, err)
		var rows []struct{ Name string }
		require.NoError(t, json.Unmarshal(body, &rows))
		assert.Equal(t, len(rows), len(ls)+len(skipped), list)
		names, symbols := map[string]bool{}, map[string]ticker.Market{}
		for _, l := range ls {
			names[strings.ReplaceAll(string(l.Market), "-", "/")] = true
			assert.NotContains(t, symbols, l.Symbol)
			symbols[l.Symbol] = l.Market
		}
		for _, r := range rows {
			assert.True(t, names[r.Name] || skipped[r.Name] != "", r.Name)
		}
		t.Logf("%s: %d markets, passed over: %v", filepath.Base(list), len(ls), skipped)
	}
}

// captures is the folder of recorded traffic; without one the test is skipped.
func captures(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("TICKERSYNC_CAPTURES")
	if dir == "" {
		t.Skip("TICKERSYNC_CAPTURES is not set")
	}
	return filepath.Join(dir, Name)
}
