// Package binance connects to Binance's spot market, by its public market data
// endpoints, which need no key and are served everywhere.
//
//	GET /api/v3/exchangeInfo    the list of markets     weight 20
//	GET /api/v3/ticker/24hr     all tickers at once     weight 80
//	ws /stream                  SUBSCRIBE to <symbol>@bookTicker, <symbol>@ticker
//
// It is for package fullsync. How each group is told:
//
//	group   stream                      delay   order key       exchange's time    REST   REST cache
//	Trade   throttled (@ticker)         1 s     last trade id   none               yes    1 s
//	Quote   every change (@bookTicker)  none    update id       none               yes    1 s
//	Stats   throttled (@ticker)         1 s     last trade id   event, close time  yes    1 s
//
// All sizes are told, and can be trusted. The update id of a quote rises for each
// market, on the stream only: REST tells none, so an answer never goes over a
// quote that was told. Trade ids are the same on both sides. No age is
// documented for REST answers, only that they come from a memory beside the
// matching engine: a second is taken for it.
//
// # Why these streams
//
// !ticker@arr, which told everything in one stream, was retired in 2026, and
// !bookTicker in 2022. !miniTicker@arr is left, without bid, ask and trade id.
// Of what is told market by market, @bookTicker alone tells each change of the
// best bid and ask; it has neither last price nor statistics, which @ticker has,
// with the trade id, once a second. So each market is on two streams. The bid
// and ask of @ticker are passed over: they are up to a second older. Each
// connection is on btcusdt@miniTicker beside: it is told every second, and so
// proves that data flows where a connection's own markets are quiet.
//
// The two clocks of a connection (see package exchange):
//
//	socket   a ping every 15 s, answered within 10 s   noticed within 25 s
//	data     btcusdt@miniTicker, each second           noticed within 20 s
//
// # Limits
//
// A connection carries at most 1,024 streams, so 511 markets: there are as many
// connections as that takes. The exchange cuts each after 24 hours, and takes
// five messages a second on it, pings and pongs counted: subscriptions are sent
// at two a second, of at most 4,000 bytes, since the server is reported to fall
// silent at a message of more than 4,096. Connections are opened at most 300
// times in five minutes; the adapter keeps to 260. REST takes requests of a weight of 6,000 a minute from
// one address: Options.Budget counts weight, not requests, and has to hold the
// largest, 80. By default it gains 50 a second, half of what is allowed. When
// the exchange says (X-MBX-USED-WEIGHT-1M) that others on this address have used
// up five sixths, the budget pauses until the minute is over. Who goes on after
// a 429 is banned (418) for up to three days: both pause the budget for as long
// as Retry-After says.
//
// # What the exchange does not tell
//
// When the last trade was: the times of @ticker are those of its sampling. That a
// symbol does not exist: a subscription to one is acknowledged and stays silent,
// so symbols are taken from the list alone. Whether statistics that change with
// the passing of the hours, without a trade, are told at once. Where a market
// had no trade within 24 hours the stream's last price is passed over, and the
// one that is known stays.
//
// A market that is not TRADING (BREAK, HALT) stays listed, and in REST with
// frozen prices: it is listed as not trading and left out of snapshots. So is
// what a snapshot holds that the last list did not.
//
// The default addresses are those of market data alone. The others
// (api.binance.com, stream.binance.com:9443) speak alike; they refuse requests
// from some countries with a status of 451, which is Permanent here.
//
// Package binancesim serves the other side of it.
package binance
