// Package coinblockpro connects to the exchange of the notebook that this
// project starts from, and to anything that speaks like it.
//
// It is the smallest exchange there is: a websocket that tells last prices, with
// nothing to subscribe to and no acknowledgement, and a REST API without a list
// of markets.
//
//	GET /full_ticker                    {"result": {"etc_dot": 7533.094, ...}}
//	GET /single_ticker?market=btc_ltc   {"result": {"btc_ltc": 1354.712}}
//	ws /ticker_feed                     {'etc_dot': 7533.094}
//
// A frame is a dict of one or more markets, written as Python's str() writes it
// or as JSON. The Source offers a Snapshot and a Fetch, so that either sync can
// be shown on it. How each group is told:
//
//	group   stream         REST   order key   exchange's time   REST cache
//	Trade   every change   yes    none        none              none; as the headers say
//	Quote   never          no
//	Stats   never          no
//
// Only the price of a trade is told, never its size. As nothing is acknowledged,
// a link begins with its first frame, or a second after the handshake. The
// markets are the notebook's 45, those that Options.Markets
// names, or, with Options.ReadList, those of GET /full_ticker.
//
// The two clocks of a connection (see package exchange):
//
//	socket   a ping every 15 s, answered within 10 s   noticed within 25 s
//	data     quiet: REST decides after 30 s            32 s and a request, where what is asked for has changed
//
// There is no heartbeat, so a connection on which no market is told is not cut
// for that. After 30 seconds fullsync asks for all last prices, singlesync for the
// price of the market told last, and after 30 more for that of the one before it.
//
// The exchange names no limit. The adapter asks twice a second at most, and
// connects ten times at once and then every two seconds, unless Options.Budget and
// Options.Connects say otherwise.
//
// Package coinblockprosim serves the other side of it.
package coinblockpro
