package arbitrage

import (
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/ticker"
)

// Side is one leg of a Pair: where to buy, or where to sell.
type Side struct {
	Exchange string
	Market   ticker.Market
	Price    decimal.Decimal // the ask to buy at, the bid to sell at; in quote currency
	Size     decimal.Decimal // what is quoted at that price, in base currency; zero: not told
	Fee      decimal.Decimal // share of the amount
	AsOf     time.Time       // of the quote
	Age      time.Duration   // of the quote, when it was looked at
}

// Pair is an exchange to buy on and another to sell on. Spread and Net are for
// one unit of the base currency, in quote currency. Percentages are of the ask.
// All four are exact where 19 digits hold them, and else rounded to the nearest;
// zero, where a closed signal's leg reports no price. Whether a pair pays is
// decided exactly.
type Pair struct {
	Buy, Sell       Side
	Spread, Percent decimal.Decimal // the bid less the ask
	Net, NetPercent decimal.Decimal // the same, less the fees of both
}

// Find returns the pairs that pay: of every two exchanges, in either direction,
// those where
//
//	sell.Bid - buy.Ask > sell.Bid*sellFee + buy.Ask*buyFee
//
// and whose quotes keep the ages of the options at the given moment. The offers
// are those of one market: what is compared is not looked up by name. Offers of
// the same exchange make no pair. The order is that of the offers: by where to
// buy, then by where to sell. It is a pure function, and allocates only for what
// it finds; of an offer that it does not use, Offer.Why says why not.
func Find(offers []Offer, now time.Time, opts *Options) []Pair {
	var few [16]candidate
	cs := few[:0]
	for i := range offers {
		if o := &offers[i]; o.Why(now, opts) == Usable {
			q := &o.Ticker.Quote
			cs = append(cs, candidate{o, netOf(q.Bid, q.Ask, o.Fee)})
		}
	}
	var found []Pair
	limit := opts.ages().apart
	for i := range cs {
		for j := range cs {
			buy, sell := cs[i].offer, cs[j].offer
			if cs[j].net.sold.more(cs[i].net.bought) && buy.Exchange != sell.Exchange &&
				apart(buy.Ticker.Quote.AsOf, sell.Ticker.Quote.AsOf) <= limit {
				found = append(found, pairOf(buy, sell, now))
			}
		}
	}
	return found
}

// candidate is an offer that may be used.
type candidate struct {
	offer *Offer
	net   net
}

func pairOf(buy, sell *Offer, now time.Time) Pair {
	return newPair(
		side(buy.Exchange, buy.Ticker.Market, &buy.Ticker.Quote, true, buy.Fee, now),
		side(sell.Exchange, sell.Ticker.Market, &sell.Ticker.Quote, false, sell.Fee, now),
	)
}

func side(exchange string, m ticker.Market, q *ticker.Quote, buy bool, fee decimal.Decimal, now time.Time) Side {
	s := Side{Exchange: exchange, Market: m, Price: q.Bid, Size: q.BidSize, Fee: fee, AsOf: q.AsOf, Age: q.AgeAt(now)}
	if buy {
		s.Price, s.Size = q.Ask, q.AskSize
	}
	return s
}
