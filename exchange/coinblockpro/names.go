package coinblockpro

import (
	"strings"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// names are the markets that are read, by the exchange's spelling of them.
type names struct {
	of   map[string]ticker.Market // nil: every name that is spelled as a market
	only bool                     // others are passed over; else they are unknown
}

func (n names) market(name []byte) (ticker.Market, bool) {
	if n.of == nil {
		return marketOf(string(name))
	}
	m, ok := n.of[string(name)]
	return m, ok
}

func namesOf(ls []exchange.Listing, only bool) names {
	n := names{make(map[string]ticker.Market, len(ls)), only}
	for _, l := range ls {
		n.of[l.Symbol] = l.Market
	}
	return n
}

// marketOf turns "etc_dot" into ETC-DOT.
func marketOf(name string) (ticker.Market, bool) {
	base, quote, ok := strings.Cut(name, "_")
	if !ok || !plain(base) || !plain(quote) {
		return "", false
	}
	return ticker.Market(strings.ToUpper(base + "-" + quote)), true
}

// nameOf turns ETC-DOT into "etc_dot".
func nameOf(m ticker.Market) string {
	base, quote := m.Split()
	return strings.ToLower(base + "_" + quote)
}

// plain reports whether an asset is spelled as the exchange spells them.
func plain(asset string) bool {
	for _, c := range []byte(asset) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return asset != ""
}

func listing(name string) (exchange.Listing, bool) {
	m, ok := marketOf(name)
	return exchange.Listing{Market: m, Symbol: name, RESTSymbol: name, Trading: true}, ok
}

// Markets returns the exchange's own names of the 45 markets of the notebook, in
// its order.
func Markets() []string {
	assets := [...]string{"btc", "ltc", "eth", "etc", "xlm", "xrp", "bch", "dot", "eur", "usd"}
	var out []string
	for i, base := range assets {
		for _, quote := range assets[i+1:] {
			out = append(out, base+"_"+quote)
		}
	}
	return out
}
