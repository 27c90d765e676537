// Package ticker holds a local replica of an exchange's tickers: a Book answers
// for every market from memory, and says with each price how fresh it is.
//
// A Book is kept true by a Run of package fullsync or singlesync, which joins what
// the exchange's websocket tells with what its REST API answers. Programs read
// it:
//
//	var book ticker.Book
//	go func() { done <- fullsync.Run(ctx, &book, source, nil) }()
//	if err := book.WaitSynced(ctx); err != nil { ... }
//	q, err := book.Quote("BTC-EUR", 2*time.Second) // an error rather than an old price
//	for c := range book.Watch(ctx) { ... }         // what is known, then every change
//
// # A ticker is three groups
//
// The last trade, the quote (best bid and ask) and the day's statistics come from
// an exchange in different messages at different times, so each carries a Stamp
// of its own: when the exchange says it happened, when it was read here, and AsOf,
// the moment up to which it is known to be the newest. Age counts from AsOf, and
// tells quiet from dead: a market without trades on a live connection stays
// fresh, one whose connection has gone grows old.
//
// # How stream and REST are joined
//
// A Link is one unbroken connection that carries a set of markets. Stream messages
// are written as they come; a REST answer is merged under them. What decides is
// whether the link has spoken of the market, whether both have an order key, and
// when the answer was certainly true: when its request was sent, less the age of
// the cache that it came from. The rules are pure functions in merge.go.
//
// Some rules go beyond "newest wins". An answer that replaces an earlier answer
// has to be valid since that one was received, or a cache could turn back what
// another had told. A message below the key that is held puts the value in doubt:
// AsOf stands still until the stream catches up, or an answer that was valid since
// the last such message settles it. When the doubt lasts, the exchange has begun
// to count anew, and the link's keys are void: after five seconds, or after fifteen
// minutes where nothing but answers are below the key, because a cache older than
// it says is more likely then, and its prices must not pass for fresh. For the same
// reason an answer above the stream's key has to be valid since the stream told
// that.
//
// # How a connection is replaced
//
// A second link on the same markets does not write beside the first. What it tells
// is kept, the newest of each group, until the market passes to it: whole, so that
// all of its groups move with one link, and at a moment when no AsOf has to stand
// still for it. With order keys that is the first of them that is not lower than
// the held one. Without, it is when the first link has told nothing of the market
// for as long as the second may owe it: its delay, and two seconds for a frame on
// its way. A market that the second link has told nothing of passes with its value
// and stays confirmed, if the first was heard for so long after the second began
// that nothing can have happened between the two; so nobody has to be asked. An
// equal value proves nothing, since prices repeat.
//
// When the first link ends, by plan or by accident, all that is left passes, and
// each group of which the second may still be behind waits until it cannot be:
// AsOf stands still for at most the feed's delay and those two seconds, and then
// the newest that the second has told is shown. A group that rides on trades waits
// likewise; one that the stream never tells just stays. The limit: a link whose
// frames are late by more than two seconds, and do not say so, may show a value
// that is older than the one before, until it has caught up.
//
// # A Book that repeats another
//
// A relay (Feed.Relay) brings a Book elsewhere: its updates carry the stamps that
// the groups have at the origin, and say there what else is known of the market:
// see Origin. Each link of the origin has a life here too, and its word moves the
// AsOf of the markets that are on it there, less its feed's delay; the relay's own
// connection proves nothing. What is known, refused, halted or removed at the
// origin is so here at once, without votes, and a list from before that does not
// undo it. While the origin is down, or the relay's connection is, the Book is Down
// and watchers are told once.
//
// # The audit
//
// Answers that nobody needs can still be compared with what the stream told: a
// difference is first put down to the stream's being late, or to a cache. If
// nothing about the group comes until five seconds after it should have, judged by
// when later frames were sent, and the stream has not told the answer's value
// before, it is a mismatch: it is counted, and the answer replaces what is held.
// What the stream tells meanwhile always stands. So what is wrong and stays wrong
// is found; what the stream sets right itself is not looked into.
//
// # Readers
//
// Get, Quote, Trade and All read what is known at this instant. Watch tells each
// market's newest value to who need not see every one; Follow tells every change
// in its order, and with each what its AsOf moves with, to who records or repeats
// the Book: with Lives that is all there is to know of it.
//
// # Across a restart
//
// A Book can be written to a file and begun from one:
//
//	var book ticker.Book
//	err := book.ReadFile(path) // before Run; fs.ErrNotExist the first time
//	...
//	err = book.WriteFile(path) // after Run, and from time to time
//
// The tickers of a file are memories, with source Warm: Get, All and Watch show
// them at once with the AsOf that they had; Quote and Trade refuse them until the
// exchange has told or answered them again. See Book.ReadFrom.
//
// Engines write through Book.Keep, Keeper and Link; programs have no use for them.
package ticker
