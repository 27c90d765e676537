package binancesim

import (
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// eight writes a number as the exchange does: with eight decimals, or as many as
// it takes.
func eight(d decimal.Decimal) string {
	if d.Scale() < 8 {
		d = d.Pad(8)
	}
	return d.String()
}

// info is the list of markets.
func info(v *simexchange.View) object {
	symbols := []object{}
	for _, m := range v.Markets() {
		base, quote := m.Market.Split()
		status := "TRADING"
		if !m.Trading {
			status = "BREAK"
		}
		symbols = append(symbols, object{
			"symbol": symbol(m.Market), "status": status, "baseAsset": base, "quoteAsset": quote,
			"baseAssetPrecision": 8, "quoteAssetPrecision": 8, "isSpotTradingAllowed": true,
			"filters":     []object{{"filterType": "PRICE_FILTER", "minPrice": "0.00000100", "maxPrice": "100000.00000000", "tickSize": "0.00000100"}},
			"permissions": []string{},
		})
	}
	return object{
		"timezone": "UTC", "serverTime": v.Time().UnixMilli(), "exchangeFilters": []object{}, "symbols": symbols,
		"rateLimits": []object{{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000}},
	}
}

// day is REST's 24 hour ticker.
func day(t *ticker.Ticker, at time.Time) object {
	return object{
		"symbol": symbol(t.Market), "priceChange": "0.00000000", "priceChangePercent": "0.000",
		"lastPrice": eight(t.Trade.Price), "lastQty": eight(t.Trade.Size),
		"bidPrice": eight(t.Quote.Bid), "bidQty": eight(t.Quote.BidSize),
		"askPrice": eight(t.Quote.Ask), "askQty": eight(t.Quote.AskSize),
		"openPrice": eight(t.Stats.Open), "highPrice": eight(t.Stats.High), "lowPrice": eight(t.Stats.Low),
		"volume": eight(t.Stats.Volume), "openTime": at.Add(-24 * time.Hour).UnixMilli(), "closeTime": at.UnixMilli(),
		"firstId": max(t.Trade.Key, 100) - 100, "lastId": t.Trade.Key, "count": 100,
	}
}

// book is REST's best bid and ask.
func book(t *ticker.Ticker, _ time.Time) object {
	return object{
		"symbol":   symbol(t.Market),
		"bidPrice": eight(t.Quote.Bid), "bidQty": eight(t.Quote.BidSize),
		"askPrice": eight(t.Quote.Ask), "askQty": eight(t.Quote.AskSize),
	}
}

// bookTicker is the stream's best bid and ask: without a type, without a time.
func bookTicker(t *ticker.Ticker, _ time.Time) object {
	return object{
		"u": t.Quote.Key, "s": symbol(t.Market),
		"b": eight(t.Quote.Bid), "B": eight(t.Quote.BidSize), "a": eight(t.Quote.Ask), "A": eight(t.Quote.AskSize),
	}
}

// day24 is the stream's 24 hour ticker.
func day24(t *ticker.Ticker, at time.Time) object {
	return object{
		"e": "24hrTicker", "E": at.UnixMilli(), "s": symbol(t.Market), "p": "0.00000000", "P": "0.000",
		"w": eight(t.Stats.Open), "x": eight(t.Stats.Open), "c": eight(t.Trade.Price), "Q": eight(t.Trade.Size),
		"b": eight(t.Quote.Bid), "B": eight(t.Quote.BidSize), "a": eight(t.Quote.Ask), "A": eight(t.Quote.AskSize),
		"o": eight(t.Stats.Open), "h": eight(t.Stats.High), "l": eight(t.Stats.Low), "v": eight(t.Stats.Volume),
		"q": "1.00000000", "O": at.Add(-24 * time.Hour).UnixMilli(), "C": at.UnixMilli() - 21,
		"F": max(t.Trade.Key, 100) - 100, "L": t.Trade.Key, "n": 100,
	}
}

// mini is the stream's small ticker.
func mini(symbol string, t *ticker.Ticker, at time.Time) object {
	return object{
		"e": "24hrMiniTicker", "E": at.UnixMilli(), "s": symbol, "c": eight(t.Trade.Price),
		"o": eight(t.Stats.Open), "h": eight(t.Stats.High), "l": eight(t.Stats.Low), "v": eight(t.Stats.Volume), "q": "1.00000000",
	}
}
