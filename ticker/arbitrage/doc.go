// Package arbitrage finds where one exchange's bid beats another's ask by more
// than the fees of both.
//
// Find is a pure function: it compares the offers of one market at one moment.
// Scan watches any number of Books and tells the life of each signal, opened,
// moved and closed, so that it can be measured how long signals last and how many
// were never there. Size says how much of one to take: quoted sizes bound what
// can be had at the quoted prices, and beyond them the price moves as the user
// expects it to.
//
//	legs := []arbitrage.Leg{{Book: &kraken, Fee: fee}, {Book: &coinbase, Fee: fee}}
//	for s := range arbitrage.Scan(ctx, legs, nil) {
//		fmt.Println(s.Event, s.Market, s.Buy.Exchange, s.Sell.Exchange, s.Net)
//	}
//
// # What a signal is not
//
// It is not advice, and nothing here ever trades. Quotes are told after the fact:
// by the time a signal is read, others have read it too, and a price may be gone
// before an order reaches its exchange. Of two orders one may be filled and the
// other not. Exchanges halt, fail and go bankrupt; fees depend on the account and
// the day; taxes, interest and the moving of funds are not counted. Whoever trades
// on a signal does so at his own risk, and should measure first what would have
// become of it.
//
// # What each exchange must hold
//
// Nothing is transferred between the exchanges while a signal lives: that takes
// minutes to days. To take a signal at a quantity, the exchange to buy on must
// hold Outcome.Cost in quote currency, and the exchange to sell on the quantity
// itself in base currency, both beforehand. Each taking moves the balances
// further apart, until one of them is used up; bringing them back costs fees and
// time that no signal counts.
//
// # What is exact
//
// Whether a pair pays is decided exactly, whatever the prices and fees: their
// products have more digits than a Decimal, and are compared in full. The numbers
// that are told are exact where 19 digits hold them, and else rounded to the
// nearest. A price of zero is one that is not reported, never one that is free.
//
// # Ages
//
// Two quotes can only be compared if they are of about the same time, so both are
// held to limits: see Options. What counts is Stamp.AsOf. A quiet market on a live
// connection is as fresh as the connection; a group that is told with trades only
// (Coinbase's quote) is fresh for MaxApart after it was told, and no longer.
package arbitrage
