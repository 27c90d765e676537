// Package bitstamp connects to Bitstamp, the spot exchange (now Bitstamp by
// Robinhood). Use it with fullsync: one REST request answers for all markets. It
// can be used with singlesync too.
//
// Bitstamp has no ticker channel. The last trade comes from the channel
// live_trades of each market; bid and ask are the first level of its channel
// order_book, of which each frame is a snapshot of 100 levels. How each group is
// told:
//
//	group   stream                    order key        exchange's time   REST   REST cache   sizes
//	Trade   every change              trade id         microtimestamp    yes    5 s          stream only
//	Quote   throttled, within 0.5 s   microtimestamp   microtimestamp    yes    5 s          stream only
//	Stats   never                     none             timestamp (s)     yes    5 s          Volume, in base currency
//
// REST has no trade id and no time of the quote: its keys and the stream's do not
// compare. What it answers is republished every two seconds and may come from a
// cache in front, which says nothing of its age. A frame of the order book is
// sampled up to 250 ms after the change, as far as was seen; no document says how
// late it may be, so twice that is declared. Stats are the rolling 24 hours: Open
// is the field open_24, not open, which is the day's.
//
// # Limits
//
// REST allows 400 requests a second and 10,000 in ten minutes; the default budget
// is ten a second. A limit that was hit is answered with status 400 and a code as
// often as with 429. A connection carries 1,024 channels, so 512 markets; the next
// channel ends it without a word. A frame to the exchange has less than 512
// bytes and asks for one channel. No pace of frames is documented; a hundred a
// second are sent, so that a full connection is subscribed within 11 seconds. A
// connection lives for 90 days at most (no pace of connections is documented: five
// are opened at once, and then one in two seconds), and ends earlier when the exchange asks to
// reconnect (ErrReconnect).
//
// # Silence
//
// Bitstamp sends no heartbeat by itself. It answers one that the client sends,
// bts:heartbeat, and that answer proves that data flows: unlike a pong, which the
// websocket library gives, it is written by what writes the trades and the books,
// into the same connection behind them. It is asked for every 15 seconds, so a
// quiet market is at most that old, on a connection that carries nothing busier.
//
// The two clocks of a connection (see package exchange):
//
//	socket   a ping every 15 s, answered within 10 s   noticed within 25 s
//	data     answers to bts:heartbeat, each 15 s       noticed within 40 s
//
// # What is never told
//
// A channel begins with no snapshot: what a market was before its first change
// comes from REST. A symbol that does not exist is acknowledged, and silent: take
// symbols from Markets. The size of a trade or quote that only REST has told is
// not known. Perpetuals ("BTC/USD-PERP") are on the same connection; they are not
// listed here, as their price is not that of the spot market of their assets.
// What heartbeats without data hide, or a cache older than declared, nothing on
// the wire shows.
//
// Package bitstampsim serves the other side of it.
package bitstamp
