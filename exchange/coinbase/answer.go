package coinbase

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/flatjson"
	"github.com/tickersync/tickersync/ticker"
)

// readAnswer reads the answer of /products/.../ticker: the last trade, and bid and
// ask as they are. Its time is the trade's; the quote's is not told. Volume is left
// out: it counts more than the stream's does, and a day's figures are told whole
// or not at all. bad is what could not be read of the rest.
func readAnswer(body []byte) (u ticker.Update, bad, err error) {
	var s flatjson.Scanner
	var id uint64
	trade, bid, ask := false, false, false
	s.Reset(body)
	for key := range s.Object {
		switch string(key) {
		case "trade_id":
			s.Uint(&id)
		case "price":
			trade = s.Amount(&u.Trade.Price)
		case "size":
			s.Amount(&u.Trade.Size)
		case "time":
			s.Time(&u.Trade.Time)
		case "bid":
			bid = s.Amount(&u.Quote.Bid)
		case "ask":
			ask = s.Amount(&u.Quote.Ask)
		}
	}
	bad = s.Mismatch()
	switch err = s.End(); {
	case err != nil:
		return ticker.Update{}, nil, err
	case bad == nil && bid && ask && id == 0 && u.Trade.Price.IsZero():
		// The stream cannot tell it either, and will when it trades.
		return ticker.Update{}, nil, fmt.Errorf("%w: it has never traded", exchange.ErrUnknownMarket)
	}
	if trade && id != 0 && u.Trade.Price.IsPos() {
		u.Groups |= ticker.TradeGroup
		u.Trade.Key = id
	} else {
		u.Trade = ticker.Trade{}
	}
	if bid && ask && id != 0 {
		u.Groups |= ticker.QuoteGroup
		u.Quote.Key = id
	} else {
		u.Quote = ticker.Quote{}
	}
	if u.Groups == 0 {
		return u, nil, errors.Join(errors.New("answer without trade and quote"), bad)
	}
	return u, bad, nil
}

// complaint is what the exchange says where it does not answer.
type complaint string

func readComplaint(body []byte) (c complaint) {
	var s flatjson.Scanner
	s.Reset(body)
	for key := range s.Object {
		if string(key) == "message" {
			c = complaint(bytes.ToLower(s.Text()))
		}
	}
	return c
}

// aboutTheProduct is "Not allowed for delisted products", or "NotFound" with the
// wrong status.
func (c complaint) aboutTheProduct() bool {
	for _, said := range []string{"delisted", "notfound", "not found"} {
		if bytes.Contains([]byte(c), []byte(said)) {
			return true
		}
	}
	return false
}
