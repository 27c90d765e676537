package kraken

import (
	"strings"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/flatjson"
	"github.com/tickersync/tickersync/ticker"
)

// names are the markets by what REST may call them: "XXBTZUSD", "XBTUSD",
// "XBT/USD", "BTC/USD". Pairs that are no markets have "".
type names map[string]ticker.Market

// market returns the market of a name: of the list, or as a symbol says by itself.
func (n names) market(name string) (ticker.Market, bool) {
	if m, ok := n[name]; ok {
		return m, true
	}
	return marketOf(symbolOf(name))
}

// symbolOf turns "XBT/USD", the websocket's spelling of before, into "BTC/USD".
func symbolOf(name string) string {
	base, quote, ok := strings.Cut(name, "/")
	if !ok {
		return name
	}
	return common(base) + "/" + common(quote)
}

// common returns the name of an asset on websocket v2: two have changed.
func common(asset string) string {
	switch asset {
	case "XBT":
		return "BTC"
	case "XDG":
		return "DOGE"
	}
	return asset
}

// marketOf turns the symbol "BTC/USD" into BTC-USD. "BTC/USD.d", a dark pool, is none.
func marketOf(symbol string) (ticker.Market, bool) {
	base, quote, _ := strings.Cut(symbol, "/")
	if !plain(base) || !plain(quote) || strings.HasSuffix(quote, ".d") {
		return "", false
	}
	return ticker.Market(strings.ToUpper(base + "-" + quote)), true
}

// plain reports whether an asset is spelled as one: AAVE, 1INCH, ETH2.S, AAPLx.
func plain(asset string) bool {
	for _, c := range []byte(asset) {
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' {
			return false
		}
	}
	return asset != ""
}

// pair is one of the list.
type pair struct{ key, altname, wsname, status string }

// readPairs reads the list of pairs, in its order.
func readPairs(result []byte) ([]exchange.Listing, names) {
	var ls []exchange.Listing
	known := names{}
	var s flatjson.Scanner
	s.Reset(result)
	for key := range s.Object {
		p := pair{key: string(key)}
		for field := range s.Object {
			switch string(field) {
			case "altname":
				p.altname = string(s.Text())
			case "wsname":
				p.wsname = string(s.Text())
			case "status":
				p.status = string(s.Text())
			}
		}
		l, _ := p.listing(known)
		if l.Market != "" {
			ls = append(ls, l)
		}
		for _, name := range []string{p.key, p.altname, p.wsname, l.Symbol} {
			if _, ok := known[name]; !ok {
				known[name] = l.Market
			}
		}
	}
	return ls, known
}

// listing returns how the pair is listed, or why it is no market.
func (p *pair) listing(known names) (l exchange.Listing, skipped string) {
	symbol := symbolOf(p.wsname)
	if strings.Contains(p.key, "/") {
		symbol = p.key // with assetVersion=1
	}
	m, ok := marketOf(symbol)
	switch {
	case p.wsname == "":
		return l, "a dark pool: it has no websocket name"
	case !ok:
		return l, "its name is not spelled as a market"
	case known[symbol] != "":
		return l, "it has the symbol of another pair"
	}
	l = exchange.Listing{Market: m, Symbol: symbol, RESTSymbol: p.altname, Trading: p.trades()}
	if l.RESTSymbol == "" {
		l.RESTSymbol = p.key
	}
	return l, ""
}

// trades reports whether orders are matched. A recorded list of 2021 does not say.
func (p *pair) trades() bool {
	switch p.status {
	case "online", "limit_only", "reduce_only", "":
		return true
	}
	return false
}
