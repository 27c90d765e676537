package arbitrage_test

import (
	"context"
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/ticker"
	"github.com/tickersync/tickersync/ticker/arbitrage"
)

// quote makes what an engine would have read from an exchange.
func quote(bid, ask string) ticker.Quote {
	q := ticker.Quote{Bid: decimal.MustParse(bid), Ask: decimal.MustParse(ask)}
	q.BidSize, q.AskSize = decimal.MustNew(2, 0), decimal.MustNew(3, 0)
	q.AsOf, q.Source = time.Now(), ticker.Stream
	return q
}

func ExampleFind() {
	offers := []arbitrage.Offer{
		{Exchange: "kraken", Fee: arbitrage.TalkFee, Ticker: ticker.Ticker{Market: "BTC-EUR", Quote: quote("90990", "91000")}},
		{Exchange: "binance", Fee: arbitrage.TalkFee, Ticker: ticker.Ticker{Market: "BTC-EUR", Quote: quote("91910", "91920")}},
		{Exchange: "bitstamp", Fee: arbitrage.TalkFee, Ticker: ticker.Ticker{Market: "BTC-EUR", Quote: quote("0", "90000")}},
	}
	now := time.Now()
	for _, p := range arbitrage.Find(offers, now, nil) {
		fmt.Println("buy on", p.Buy.Exchange, "at", p.Buy.Price, "sell on", p.Sell.Exchange, "at", p.Sell.Price)
		fmt.Println("spread", p.Spread, "net of fees", p.Net, "a unit")
	}
	fmt.Println("bitstamp:", offers[2].Why(now, nil))
	// Output:
	// buy on kraken at 91000 sell on binance at 91910
	// spread 910 net of fees 452.725 a unit
	// bitstamp: no bid
}

// The numbers of the talk: a difference of 1 %, costs of 0.5 %, and 100 units that
// move one price by 0.8 % and the other by 0.5 %.
func ExampleSize() {
	p := arbitrage.Pair{
		Buy:  arbitrage.Side{Price: decimal.MustParse("100"), Fee: arbitrage.TalkFee},
		Sell: arbitrage.Side{Price: decimal.MustParse("101"), Fee: arbitrage.TalkFee},
	}
	z, err := arbitrage.Size(p, arbitrage.Impact{Buy: decimal.MustParse("0.008"), Sell: decimal.MustParse("0.005")})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, q := range []int64{10, 38, 70, 100} {
		o, _ := z.At(decimal.MustNew(q, 0))
		fmt.Println(q, "units:", o.Net.Round(2))
	}
	fmt.Println("best", z.Best.Round(2), "break-even", z.BreakEven.Round(2))
	// Output:
	// 10 units: 4.32
	// 38 units: 9.48
	// 70 units: 2.83
	// 100 units: -15.54
	// best 38.10 break-even 76.20
}

// A Book is kept by fullsync.Run or singlesync.Run; here, by hand.
func ExampleScan() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var kraken, binance ticker.Book
	feed := ticker.Feed{Quote: ticker.Told{Kind: ticker.EveryChange}}
	for book, name := range map[*ticker.Book]string{&kraken: "kraken", &binance: "binance"} {
		keeper, _ := book.Keep(name)
		defer keeper.End(nil)
	}
	market := []ticker.Market{"BTC-EUR"}
	tell := func(l *ticker.Link, q ticker.Quote) {
		_ = l.Stream([]ticker.Update{{Ticker: ticker.Ticker{Market: "BTC-EUR", Quote: q}, Groups: ticker.QuoteGroup}}, time.Now())
	}
	cheap, dear := kraken.Link(market, feed), binance.Link(market, feed)
	tell(cheap, quote("90990", "91000"))
	tell(dear, quote("91910", "91920"))

	legs := []arbitrage.Leg{{Book: &kraken, Fee: arbitrage.TalkFee}, {Book: &binance, Fee: arbitrage.TalkFee}}
	for s := range arbitrage.Scan(ctx, legs, nil) {
		fmt.Println(s.Event, s.Market, s.Buy.Exchange, s.Buy.Price, s.Sell.Exchange, s.Sell.Price, "net", s.Net, "best", s.Best)
		switch s.Event {
		case arbitrage.Opened:
			tell(dear, quote("91000", "91010"))
		case arbitrage.Closed:
			fmt.Println("reason:", s.Reason)
			cancel() // ends the sequence
		}
	}
	// Output:
	// opened BTC-EUR kraken 91000 binance 91910 net 452.725 best 452.725
	// closed BTC-EUR kraken 91000 binance 91000 net -455 best 452.725
	// reason: gone
}
