package coinbase

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

// TestAuctionProductIsKeyedByID and what trades, and what is passed over.
func TestAuctionProductIsKeyedByID(t *testing.T) {
	ls, skipped, err := readProducts(fixture(t, "products.json"))
	require.NoError(t, err)
	trades := make(map[ticker.Market]bool)
	for _, l := range ls {
		trades[l.Market] = l.Trading
		assert.Equal(t, string(l.Market), l.Symbol)
		assert.Equal(t, l.Symbol, l.RESTSymbol)
	}
	assert.Equal(t, map[ticker.Market]bool{
		"ABC-USD": true, "ABCAUCTION-USD": true, "LIMIT-USD": true, "1ST-ABC": true,
		"OLD-EUR": false, "HALT-USD": false, "WIND-USD": false,
	}, trades)
	const spelling = "not spelled as BASE-QUOTE"
	assert.Equal(t, map[string]string{
		"ABC/USD": spelling, "abc-usd": spelling, "A-B-C": spelling, "": spelling, "ABC-USD": "listed twice",
	}, skipped)
	assert.Equal(t, ticker.Market("ABC-USD"), ls[0].Market, "in the list's order")
}

func TestBadLists(t *testing.T) {
	for _, body := range []string{"", "{}", `{"message":"NotFound"}`, `[{"id":"ABC-USD"}`, "null", `[{"id":"ABC-USD"},]`} {
		_, _, err := readProducts([]byte(body))
		require.Error(t, err, body)
	}
}

// captures returns the folders of recorded traffic of this exchange.
func captures(t *testing.T) []string {
	t.Helper()
	root := os.Getenv("TICKERSYNC_CAPTURES")
	if root == "" {
		t.Skip("TICKERSYNC_CAPTURES is not set")
	}
	folders, err := filepath.Glob(filepath.Join(root, Name, "*"))
	require.NoError(t, err)
	return folders
}

// TestRecordedLists: each product maps to one market and back.
func TestRecordedLists(t *testing.T) {
	for _, folder := range captures(t) {
		body, err := os.ReadFile(filepath.Join(folder, "rest_products.json"))
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		ls, skipped, err := readProducts(body)
		require.NoError(t, err)
		assert.Empty(t, skipped)
		assert.NotEmpty(t, ls)
		seen := make(map[ticker.Market]string)
		for _, l := range ls {
			base, quote := l.Market.Split()
			assert.Equal(t, l.Symbol, base+"-"+quote)
			assert.Empty(t, seen[l.Market])
			seen[l.Market] = l.Symbol
		}
		t.Logf("%s: %d products", filepath.Base(folder), len(ls))
	}
}
