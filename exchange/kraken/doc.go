// Package kraken connects to Kraken's spot markets: websocket v2 and the public
// REST API.
//
// It fits fullsync, since one request answers for all markets, and singlesync.
// How each group is told:
//
//	group   stream                     order key   exchange's time   REST              REST cache
//	Trade   every change (trade)       trade_id    of the trade      price and size    as the headers say
//	Quote   every change (ticker)      none        of the message    prices            as the headers say
//	Stats   with the quotes (ticker)   none        of the message    high, low, volume as the headers say
//
// The ticker channel is subscribed to with event_trigger bbo: by default it tells
// bid and ask only when a trade happens, and those of a quiet market stand still.
// With bbo it speaks when a best price changes, and that has consequences:
//
//   - The sizes of bid and ask are left out, of REST answers too. A size that
//     changes at the same price is not told, so nobody could say of when it is.
//   - The last trade is of the trade channel, with its size and id; the ticker's
//     "last" is not read. REST has no id: its answers fill and confirm only.
//   - Stats come when a best price changes, and move unseen in between. They are
//     declared OnTrade, and their AsOf is when they were last told or asked.
//
// Open is left out. The stream tells last and change, from which it could be
// reckoned, but REST has neither that nor the open of a rolling day (its "o" is of
// today, since midnight UTC), so that it would come and go with who answered last.
// Of the pairs [today, last 24 hours] in REST answers the second is read.
//
// Both channels begin with a snapshot of each market, so that singlesync asks
// REST only for what has never traded. The trade channel's has up to 50 trades,
// of which the newest counts.
//
// REST names pairs in another way (XXBTZUSD, and XBT/USD in the list) than the
// websocket (BTC/USD). The adapter asks with assetVersion=1, which the newest
// documentation has: REST keys are then the websocket's symbols, and no name has to
// be guessed. Where that is not heeded the answers in the old spelling are
// understood as well, by the list and by renaming XBT and XDG. Pairs without a websocket name (dark pools) are no
// markets. Those that are cancel_only, post_only or in maintenance are listed as
// not trading: nothing is matched there, and REST goes on answering old values.
//
// Limits: about one REST request a second, which is the default budget; about 150
// websocket connections within 10 minutes, of which the adapter keeps to 140. No cap of markets a connection is
// published. REST errors come with status 200, those of limits included.
//
// The two clocks of a connection (see package exchange):
//
//	socket   a ping every 15 s, answered within 10 s   noticed within 25 s
//	data     heartbeats, each second without more      noticed within 5 s
//
// So long the exchange itself advises to wait.
//
// What the exchange never tells: a sequence of its quotes, so that a lost or late
// one is not noticed but by comparing with REST. Data that stalls while heartbeats
// go on looks like a quiet market. And of when a ticker's snapshot is only its
// timestamp says, where there is one.
//
// Tested on documented messages and a transcript of 2026-09, never on recorded
// traffic of websocket v2. Package krakensim serves the other side of it.
package kraken
