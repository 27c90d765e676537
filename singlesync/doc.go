// Package singlesync keeps a ticker.Book true for an exchange that gives one
// market's ticker a REST request.
//
// The websocket comes first: its messages are in the Book from the first one on.
// Under it, at the pace that the exchange allows, every market that is still
// unknown is asked for, until all are known; from there the websocket alone keeps
// the Book. After a reconnect, what the new connection has not told is asked again,
// oldest first. What Options.Audit spares of the budget then asks for one market
// after the other, to compare it with the Book.
//
// Requests are the scarce thing, so they go where the stream will not: a market that the
// stream has told meanwhile is not asked for. First come Options.First, then markets that
// readers asked the Book for, then those that were known longest ago, where the Book
// began with a file (those that nobody knows before all), then those least likely to speak by themselves (the
// least 24 hour volume, where the list tells it), then the order of the list. The
// request is paid for first and the market chosen then, so that the choice is as
// late as it can be. While a connection is too young for an answer to confirm
// anything, only what the budget would lose otherwise is spent. Several requests are in flight when a round trip takes longer
// than the pace allows. A failed one comes back with a back-off of its own; a limit
// that was hit pauses them all.
//
// For an exchange that gives all tickers in one request, see package fullsync.
package singlesync
