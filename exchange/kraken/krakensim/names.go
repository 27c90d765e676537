package krakensim

import (
	"strings"

	"github.com/tickersync/tickersync/ticker"
)

// symbol writes BTC-USD as websocket v2 does: "BTC/USD".
func symbol(m ticker.Market) string {
	base, quote := m.Split()
	return base + "/" + quote
}

// market reads a symbol of websocket v2. "XBT/USD" is none.
func market(symbol string) ticker.Market {
	base, quote, _ := strings.Cut(symbol, "/")
	if old(base) != base && base != "BTC" && base != "DOGE" {
		return ""
	}
	return ticker.Market(base + "-" + quote)
}

// pair is how the REST API names a market.
type pair struct{ key, altname, wsname, display, base, quote string }

func pairOf(m ticker.Market) pair {
	base, quote := m.Split()
	b, q := old(base), old(quote)
	p := pair{altname: b + q, wsname: b + "/" + q, display: base + "/" + quote, base: legacy(b), quote: legacy(q)}
	p.key = p.altname
	if p.base != b && p.quote != q && b != "XDG" || p.altname == "XDGXBT" {
		p.key = p.base + p.quote // only the oldest pairs
	}
	if p.altname == "USDTUSD" {
		p.key = "USDTZUSD"
	}
	return p
}

// old is the name of an asset in altnames and in websocket v1.
func old(asset string) string {
	switch asset {
	case "BTC":
		return "XBT"
	case "DOGE":
		return "XDG"
	}
	return asset
}

// legacy is the internal name of an asset: the oldest have four letters, the
// first of which is X for coins and Z for money.
func legacy(asset string) string {
	switch asset {
	case "XBT", "XDG", "ETH", "ETC", "LTC", "MLN", "REP", "XLM", "XMR", "XRP", "ZEC":
		return "X" + asset
	case "USD", "EUR", "GBP", "CAD", "JPY", "AUD":
		return "Z" + asset
	}
	return asset
}
