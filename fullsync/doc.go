// Package fullsync keeps a ticker.Book true for an exchange that gives all
// tickers in one REST request.
//
// The websocket comes first: its messages are in the Book from the first one on,
// newest per market. Then one snapshot is asked for and merged under them, so that
// the markets that have not traded meanwhile are known too, and no price that the
// stream has told is overwritten by an older answer. From there the websocket
// alone keeps the Book. After a break the same happens again; meanwhile readers
// keep the old tickers, with AsOf standing still. Where an exchange needs many
// connections they come back spread, at its pace, and share snapshots, five seconds
// apart while some are still missing. A further snapshot from time to
// time, at Options.Audit's share of the budget, is compared with the Book.
//
// If the snapshot may have come from a cache that is older than the connection, it
// fills what is unknown, and one more is asked for when that can no longer be.
//
// For an exchange that gives one market a request, see package singlesync.
package fullsync
