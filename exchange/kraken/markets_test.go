package kraken

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/flatjson"
	"github.com/tickersync/tickersync/ticker"
)

func TestReadPairs(t *testing.T) {
	ls, known := readPairs(result(t, "rest_pairs"))
	assert.Equal(t, []exchange.Listing{
		{Market: "BTC-EUR", Symbol: "BTC/EUR", RESTSymbol: "XBTEUR", Trading: true},
		{Market: "DOGE-BTC", Symbol: "DOGE/BTC", RESTSymbol: "XDGXBT"},
		{Market: "1INCH-USD", Symbol: "1INCH/USD", RESTSymbol: "1INCHUSD", Trading: true},
	}, ls)
	for name, want := range map[string]ticker.Market{
		"BTC/EUR": "BTC-EUR", "XBT/EUR": "BTC-EUR", "XBTEUR": "BTC-EUR", "BTC/EUR.d": "", "XBTEUR.d": "", "NEW/EUR": "NEW-EUR",
	} {
		m, ok := known.market(name)
		assert.True(t, ok, name)
		assert.Equal(t, want, m, name)
	}
	_, ok := known.market("XXBTZEUR")
	assert.False(t, ok)

	old, known := readPairs(result(t, "rest_pairs_old"))
	for i := range old {
		old[i].Trading = ls[i].Trading // it does not say
	}
	assert.Equal(t, ls, old)
	m, _ := known.market("XXDGXXBT")
	assert.Equal(t, ticker.Market("DOGE-BTC"), m)
}

// TestSkipped: what is listed and no market is named with a reason.
func TestSkipped(t *testing.T) {
	known := names{"BTC/EUR": "BTC-EUR"}
	for p, want := range map[pair]string{
		{"XETHZEUR", "ETHEUR", "ETH/EUR", "online"}:       "",
		{"XETHZEUR.d", "ETHEUR.d", "", "online"}:          "dark pool",
		{"ETH/EUR.d", "ETHEUR.d", "", ""}:                 "dark pool",
		{"XXBTZEUR", "XBTEUR", "XBT/EUR", ""}:             "symbol of another",
		{"ETHEUR", "ETHEUR", "ETHEUR", ""}:                "not spelled",
		{"ETH/", "ETHEUR", "ETH/EUR", ""}:                 "not spelled",
		{"ETH/E R", "ETHEUR", "ETH/EUR", ""}:              "not spelled",
		{"ETHEUR", "ETHEUR", "ETH/EUR/USD", "online"}:     "not spelled",
		{"ÉTHEUR", "ÉTHEUR", "ÉTH/EUR", "online"}:         "not spelled",
		{"AAPLx/USD", "AAPLxUSD", "AAPLx/USD", "online"}:  "",
		{"ETH2.S/ETH", "ETH2.SETH", "ETH2.S/ETH", "none"}: "",
	} {
		l, reason := p.listing(known)
		if want == "" {
			assert.Empty(t, reason)
			base, quote, _ := strings.Cut(l.Symbol, "/")
			assert.Equal(t, strings.ToUpper(base+"-"+quote), string(l.Market))
			continue
		}
		assert.Contains(t, reason, want, p)
		assert.Zero(t, l)
	}
}

func TestStatus(t *testing.T) {
	for status, trading := range map[string]bool{
		"online": true, "limit_only": true, "reduce_only": true, "": true,
		"cancel_only": false, "post_only": false, "maintenance": false, "delisted": false, "work_in_progress": false, "?": false,
	} {
		assert.Equal(t, trading, (&pair{status: status}).trades(), status)
	}
}

// TestRecordedPairs: each pair of a recorded list is a market, and back, or named
// with the reason why not.
func TestRecordedPairs(t *testing.T) {
	lists, _ := filepath.Glob(filepath.Join(captures(t), "*", "rest_0_public_AssetPairs.json"))
	if len(lists) == 0 {
		t.Skip("no recorded list")
	}
	for _, path := range lists {
		body, err := os.ReadFile(path)
		require.NoError(t, err)
		r, err := readResult(body)
		require.NoError(t, err)
		ls, known := readPairs(r)
		bySymbol, byMarket := map[string]ticker.Market{}, map[ticker.Market]exchange.Listing{}
		for _, l := range ls {
			bySymbol[l.Symbol], byMarket[l.Market] = l.Market, l
		}
		assert.Len(t, bySymbol, len(ls))
		assert.Len(t, byMarket, len(ls))
		var s flatjson.Scanner
		s.Reset(r)
		pairs, skipped := 0, 0
		for key := range s.Object {
			pairs++
			m, ok := known[string(key)]
			require.True(t, ok, "%s", key)
			if m == "" {
				skipped++
				assert.True(t, strings.HasSuffix(string(key), ".d"), "%s", key)
				continue
			}
			l := byMarket[m]
			back, ok := known.market(l.RESTSymbol)
			assert.True(t, ok && back == m)
			back, ok = marketOf(l.Symbol)
			assert.True(t, ok && back == m)
			for _, old := range []string{"XBT", "XDG"} {
				base, quote := m.Split()
				assert.False(t, base == old || quote == old, m)
			}
		}
		assert.Equal(t, pairs, len(ls)+skipped)
		t.Logf("%s: %d pairs: %d markets, %d dark pools", path, pairs, len(ls), skipped)
	}
}

// captures is the folder with this exchange's recorded traffic.
func captures(t testing.TB) string {
	t.Helper()
	folder := os.Getenv("TICKERSYNC_CAPTURES")
	if folder == "" {
		t.Skip("TICKERSYNC_CAPTURES is not set")
	}
	return filepath.Join(folder, Name)
}
