// Package coinbase connects to Coinbase Exchange (the former GDAX), for use with
// singlesync. Its quotes come with trades only: on a market without trades a quote
// is as old as the last REST answer. With singlesync's Options.Refresh no quote of
// N quiet markets is older than Refresh or N/9 seconds, whichever is more, and two
// seconds on top: 6 s for 36 markets at a Refresh of 4 s, 80 s for all 700. Markets
// that are read go first, and count alone where the rest can wait. Without Refresh
// a quote is as old as the market's last trade. A program that needs younger ones
// of many markets needs the channel level2_batch, which tells the book every 50 ms;
// this adapter does not read it yet.
//
// The stream is the channels ticker and heartbeat. How each group is told:
//
//	group   stream         order key           exchange's time       REST   REST cache   sizes
//	Trade   every change   trade id            of the trade          yes    1 s          of the last match
//	Quote   on trade       the trade's id      the trade's; REST: -  yes    1 s          stream only
//	Stats   on trade       the trade's id      of the trade          no                  volume, in base currency
//
// REST and stream share the trade id. An answer with a lower one is normal; one
// with the same has a newer quote. That an answer can be a second old is an
// assumption: no document speaks of a cache, or denies it. REST tells of the day
// the volume only, and counts more than the stream does, so it tells no Stats. A
// cascade of matches is told in one ticker: trade ids skip, and nothing is missed.
//
// # Old tickers
//
// On subscribing the exchange sends the ticker of each product's last trade. That
// the trade is the last is news; its quote can be minutes old. How old, only the
// exchange's clock tells, so Connect waits for the first heartbeat, a second at
// most, and each quote says by it how old it was when it was sent (Update.Age).
//
// # Heartbeats
//
// Each product has one a second. They prove that data flows, so a market without
// trades is fresh; a connection that has had none for 15 seconds is cut. They name
// the last trade, if not zero as for years: when two in a row name a newer trade than the
// tickers told, a ticker was missed. The adapter then says so (Status.LastError),
// and subscribes to that product's tickers anew, at most one product a second: the
// exchange sends the last trade's, and no other product suffers. Where three times
// have not helped, the heartbeats count something that tickers do not tell, and
// are not believed until a ticker has reached them. Until it is found out, for two
// to three seconds, the trade looks fresh.
//
// The two clocks of a connection (see package exchange):
//
//	socket   a ping every 15 s, answered within 10 s   noticed within 25 s
//	data     heartbeats, each second                   noticed within 15 s
//
// # Limits
//
// REST: 10 requests a second of an address and 15 at once; the default budget is 9
// and 10. The exchange wants a User-Agent; Options.UserAgent is always sent. Of
// connections it takes 8 a second and 20 at once, of frames 100 a second; the
// adapter keeps to 4 and 10, and to 8 frames a second of each connection. It names
// no limit of products a connection; the adapter spreads them, 100 on each.
//
// Which products a refused subscription costs is told in two ways by two sources.
// The adapter drops the one that is named and asks for the rest again, which is
// right either way.
//
// # What is never told
//
// A product that has never traded has no ticker, and is refused until it trades.
// Products that are offline or delisted stay in the list, and are refused too. A
// ticker without a trade id, as the first ones were in 2018, tells nothing. What
// heartbeats without tickers hide while they know no last trade, or a cache older
// than assumed, nothing on the wire shows.
//
// This is not the API of Advanced Trade, which has other hosts and messages.
//
// Package coinbasesim serves the other side of it.
package coinbase
