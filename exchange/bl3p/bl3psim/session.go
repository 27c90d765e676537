package bl3psim

import (
	"fmt"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// session is one socket: the trades of one market, or its order book.
type session struct {
	d      *Dialect
	market ticker.Market
	group  ticker.Groups
}

func (s *session) Open(c *simexchange.Conn) {
	begin := func() { c.Subscribe(s.market, s.group) }
	if s.d.Begin > 0 {
		c.After(time.Duration(c.Rand().Int64N(int64(s.d.Begin))), begin)
		return
	}
	begin()
}

// Receive passes over what it is sent: there is nothing to ask for.
func (s *session) Receive(*simexchange.Conn, []byte) {}

func (s *session) Beat(*simexchange.Conn) {}

func (s *session) Tell(c *simexchange.Conn, us []ticker.Update) {
	for i := range us {
		t, named := &us[i].Ticker, ""
		if !s.d.Old {
			named = fmt.Sprintf(`"marketplace":%q,`, strings.ReplaceAll(string(t.Market), "-", ""))
		}
		if s.group == ticker.TradeGroup {
			c.Send(fmt.Appendf(nil, `{"date":%d,%s"price_int":%d,"type":"sell","amount_int":%d}`,
				t.Trade.Time.Unix(), named, units(t.Trade.Price, 5), units(t.Trade.Size, 8)))
			continue
		}
		c.Send(fmt.Appendf(nil, `{%s"asks":[%s],"bids":[%s]}`, named,
			s.side(c, t.Quote.Ask, t.Quote.AskSize, 1), s.side(c, t.Quote.Bid, t.Quote.BidSize, -1)))
	}
}

// side writes the best offer and a few that are worse by as many steps, in any
// order; nothing, if there is no best.
func (s *session) side(c *simexchange.Conn, price, size decimal.Decimal, step int64) string {
	var rows []string
	best, count := units(price, 5), ""
	if !s.d.Old {
		count = `,"count":1`
	}
	for n, at := 0, best; n < 4 && at > 0; n, at = n+1, at+step*(1+c.Rand().Int64N(1000)) {
		amount := units(size, 8)
		if n > 0 {
			amount = 1 + c.Rand().Int64N(1e9)
		}
		rows = append(rows, fmt.Sprintf(`{"price_int":%d,"amount_int":%d%s}`, at, amount, count))
	}
	c.Rand().Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
	return strings.Join(rows, ",")
}

// units returns how many smallest parts a number is.
func units(d decimal.Decimal, decimals int) int64 {
	return int64(d.Rescale(decimals).Coef()) //nolint:gosec // what the simulation makes fits
}
