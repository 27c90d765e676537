package natskv

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

func TestKeys(t *testing.T) {
	for m, want := range map[ticker.Market]string{
		"BTC-USD":   "m.BTC-USD",
		"1INCH-EUR": "m.1INCH-EUR",
		"A.B-C*>":   "m.A=2EB-C=2A=3E",
		"€-$ =":     "m.=E2=82=AC-=24=20=3D",
		"a/b":       "m.a=2Fb",
	} {
		key, ok := marketKey(m)
		assert.True(t, ok)
		assert.Equal(t, want, key)
	}
	for _, m := range []ticker.Market{"", ticker.Market(strings.Repeat("A", maxMarket+1))} {
		_, ok := marketKey(m)
		assert.False(t, ok)
	}
	for _, key := range []string{"status", "lease", "m.", "m", "BTC-USD", "m.=2e", "m.=41", "m.=", "m.A=2", "m.A.B", "m.=GG", "m.==="} {
		_, ok := keyMarket(key)
		assert.False(t, ok, key)
	}
}

// Every name has one key, which a bucket allows, and every key at most one name.
func FuzzKeys(f *testing.F) {
	allowed := regexp.MustCompile(`^m\.[-_=a-zA-Z0-9]+$`)
	f.Add("BTC-USD")
	f.Add("m.A=2E")
	f.Add("\x00\xff")
	f.Fuzz(func(t *testing.T, s string) {
		if key, ok := marketKey(ticker.Market(s)); ok {
			require.Regexp(t, allowed, key)
			m, ok := keyMarket(key)
			require.True(t, ok)
			require.Equal(t, ticker.Market(s), m)
		}
		if m, ok := keyMarket(s); ok {
			key, ok := marketKey(m)
			require.True(t, ok)
			require.Equal(t, s, key)
		}
	})
}
