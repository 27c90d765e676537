package exchange_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/binance"
	"github.com/tickersync/tickersync/exchange/bitstamp"
	"github.com/tickersync/tickersync/exchange/bl3p"
	"github.com/tickersync/tickersync/exchange/coinbase"
	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/kraken"
)

// The package's table of clocks is what the adapters declare.
func TestClocksAreAsDocumented(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	_, after, ok := strings.Cut(string(doc), "data flows, by")
	require.True(t, ok)
	row := regexp.MustCompile(`(?m)^//\t(\w+) .* (\w+) +(true|false) +(\d+) +([\d.]+)$`)
	documented := make(map[string]string)
	for _, m := range row.FindAllStringSubmatch(after, -1) {
		documented[m[1]] = strings.Join(m[2:], " ")
	}
	for _, src := range []exchange.Source{
		binance.New(nil), bitstamp.New(nil), bl3p.New(nil), coinbase.New(nil), coinblockpro.New(nil), kraken.New(nil),
	} {
		f := src.Feed()
		declared := fmt.Sprint(f.Idle, f.Quiet, " ", f.Connects.Burst(), f.Connects.Rate())
		assert.Equal(t, documented[src.Name()], strings.Join(strings.Fields(declared), " "), src.Name())
	}
	assert.Len(t, documented, 6)
}
