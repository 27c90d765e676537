package bl3p

import (
	"fmt"
	"strings"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// quoted is what every market of the exchange is quoted in: its price unit, a
// 100,000th, is known for nothing else.
const quoted = "EUR"

// listing returns how the exchange lists a market: BTC-EUR as BTCEUR, in REST and
// on the websocket. It fails for what cannot be a market of it.
func listing(m ticker.Market) (exchange.Listing, error) {
	base, quote := m.Split()
	if quote != quoted || base == "" || strings.Trim(base, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		return exchange.Listing{}, exchange.Permanent(fmt.Errorf("%s: %.40q cannot be a market of it: BTC-EUR is one", Name, m))
	}
	return exchange.Listing{Market: m, Symbol: base + quote, RESTSymbol: base + quote, Trading: true}, nil
}
