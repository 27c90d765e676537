// Package bl3p connects to BL3P, the exchange of Bitonic in the Netherlands,
// which was shut down on 2024-12-20. No address of it answers any more: the
// package is kept for what speaks like it and as the case of an exchange that
// says least, and is tested on fixtures, on recorded messages and on the
// simulated exchange of package bl3psim only.
//
//	GET /BTCEUR/ticker       {"currency":"BTC","last":9293.98,"bid":9303.64,"ask":9349.95,"high":9500,"low":8934.12001,...}
//	wss /BTCEUR/trades       {"date":1573929093,"marketplace":"BTCEUR","price_int":765231000,"type":"sell","amount_int":30000000}
//	wss /BTCEUR/orderbook    {"marketplace":"BTCEUR","asks":[{"price_int":504621000,"amount_int":252500000},...],"bids":[...]}
//
// It is for singlesync: there is no request for all tickers. The Source lists
// BTC-EUR, since there is no list of markets to ask for; Options.Markets names
// others, as LTC-EUR was from 2018 to 2022. How each group is told:
//
//	group   stream                    REST           order key   exchange's time     REST cache
//	Trade   every change, with size   yes, no size   none        stream: seconds     none known
//	Quote   every change, with sizes  yes, no sizes  none        none                none known
//	Stats   never                     yes, no open   none        none                none known
//
// The address is the subscription: each market has a socket for its trades and
// one for its order book, which is sent whole at each change, and whose best
// prices are the quote. Both are one Stream, which ends when one of them does; a
// connection of an engine carries one market, so that no market vouches for
// another. Nothing is acknowledged: Connect returns a second after the last
// handshake, with what came meanwhile kept.
//
// A size that REST does not tell is zero, which says just that, until the stream
// tells one. The timestamp of a REST ticker is when it was answered and not when
// anything happened, so it is not used. The exchange never tells an id or a
// sequence number, so a lost, doubled or late message cannot be known as such.
//
// The two clocks of a connection (see package exchange):
//
//	socket   a ping every 15 s, answered within 10 s   noticed within 25 s
//	data     quiet: REST decides after a minute        62 s and a request, where something has changed
//
// Silence is normal: three quarters of an hour without a trade have been seen,
// and there are no heartbeats. So after a minute of it the market's ticker is asked
// for, and the connection is cut only if that tells of a change; the ages of a quiet
// market grow. As the two sockets count as one link, a frame of either says that the
// other lives; when only one has died, the ages of its group are too young by
// what the ping takes to find out: 25 seconds at most.
//
// The exchange allows 600 requests in ten minutes. The adapter asks 99 times in
// 100 seconds, five at once at most, unless Options.Budget says otherwise. It names
// no limit of connections; four sockets are opened at once, and then one in two
// seconds, unless Options.Connects says otherwise.
package bl3p
