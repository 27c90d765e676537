package coinbase

import (
	"errors"
	"strings"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/flatjson"
	"github.com/tickersync/tickersync/ticker"
)

// readProducts reads the answer of /products. It names what it passes over, with
// the reason.
func readProducts(body []byte) (ls []exchange.Listing, skipped map[string]string, err error) {
	var s flatjson.Scanner
	s.Reset(body)
	if s.Kind() != '[' {
		return nil, nil, errors.New("the list of products is no array")
	}
	skipped = make(map[string]string)
	seen := make(map[string]bool)
	for range s.Array {
		l := readProduct(&s)
		switch {
		case !isSpelled(l.Symbol):
			skipped[l.Symbol] = "not spelled as BASE-QUOTE"
		case seen[l.Symbol]:
			skipped[l.Symbol] = "listed twice"
		default:
			seen[l.Symbol] = true
			ls = append(ls, l)
		}
	}
	return ls, skipped, s.End()
}

// readProduct reads one product. Its id is its name everywhere and the market:
// the currencies of BTCAUCTION-USD are those of BTC-USD.
func readProduct(s *flatjson.Scanner) exchange.Listing {
	var id, status string
	var disabled, cancelOnly bool
	for key := range s.Object {
		switch string(key) {
		case "id":
			id = string(s.Text())
		case "status":
			status = string(s.Text())
		case "trading_disabled":
			disabled = s.Bool()
		case "cancel_only":
			cancelOnly = s.Bool()
		}
	}
	return exchange.Listing{
		Market: ticker.Market(id), Symbol: id, RESTSymbol: id,
		Trading: status == "online" && !disabled && !cancelOnly,
	}
}

// isSpelled reports whether an id is BASE-QUOTE in upper case.
func isSpelled(id string) bool {
	base, quote, _ := strings.Cut(id, "-")
	const assets = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	return base != "" && quote != "" && strings.Trim(base+quote, assets) == ""
}
