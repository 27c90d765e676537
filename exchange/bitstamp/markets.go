package bitstamp

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// maxSymbol keeps a frame that asks for a symbol far below 512 bytes.
const maxSymbol = 64

// listed is a row of /markets/, and of the older /trading-pairs-info/.
type listed struct {
	Name, Trading string
	Symbol        string `json:"market_symbol"`
	OldSymbol     string `json:"url_symbol"`
	Type          string `json:"market_type"`
}

// readMarkets reads a list of markets. It names what it passes over, with the
// reason.
func readMarkets(body []byte) (ls []exchange.Listing, skipped map[string]string, err error) {
	var rows []listed
	var odd *json.UnmarshalTypeError // a value of one row, which is left empty
	if err := json.Unmarshal(body, &rows); err != nil && (!errors.As(err, &odd) || rows == nil) {
		return nil, nil, err
	}
	skipped = make(map[string]string)
	seen := make(map[ticker.Market]bool)
	for _, r := range rows {
		l, reason := r.listing()
		if reason == "" && seen[l.Market] {
			reason = "listed twice"
		}
		if reason != "" {
			skipped[r.Name] = reason
			continue
		}
		seen[l.Market] = true
		ls = append(ls, l)
	}
	return ls, skipped, nil
}

// listing returns the market of a row, or the reason why it is passed over.
func (r *listed) listing() (exchange.Listing, string) {
	symbol := cmp.Or(r.Symbol, r.OldSymbol)
	m, reason := marketOf(r.Name, r.Type)
	switch {
	case reason != "":
	case !spelled(symbol, "abcdefghijklmnopqrstuvwxyz0123456789-") || len(symbol) > maxSymbol:
		reason = fmt.Sprintf("%.80q is not spelled as a symbol", symbol)
	case r.Trading != "Enabled" && r.Trading != "Disabled":
		reason = fmt.Sprintf("trading is %.80q, neither Enabled nor Disabled", r.Trading)
	}
	return exchange.Listing{Market: m, Symbol: symbol, RESTSymbol: symbol, Trading: r.Trading == "Enabled"}, reason
}

// marketOf turns "BTC/USD" into BTC-USD, and says why where it cannot. The kind
// is empty where the exchange does not tell it.
func marketOf(name, kind string) (m ticker.Market, reason string) {
	base, quote, _ := strings.Cut(strings.ToUpper(name), "/")
	const assets = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	switch {
	case kind != "" && kind != "SPOT" || strings.HasSuffix(quote, "-PERP"):
		return "", "not a spot market"
	case !spelled(base, assets) || !spelled(quote, assets):
		return "", fmt.Sprintf("%.80q is not spelled as BASE/QUOTE", name)
	}
	return ticker.Market(base + "-" + quote), ""
}

// spelled reports whether s is not empty, and all of it from the set.
func spelled(s, set string) bool { return s != "" && strings.Trim(s, set) == "" }
