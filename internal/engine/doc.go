// Package engine is what fullsync and singlesync share: it takes a Book, reads the
// list of markets, keeps a connection open for each share of them, and leaves to
// its caller the one thing in which the two differ, how REST is asked.
//
// A connection is replaced before it is too old, when it cannot take further
// markets, and when the exchange says that it will end it: another is opened, the
// markets pass to it one by one as package ticker knows that nothing is lost, and
// the first is closed. Whatever fails meanwhile, the other of the two goes on; one
// connection of a run is replaced at a time. One that is silent, whose order keys
// are void or that was found to have lost updates is cut instead: what it told
// cannot be built on.
//
// One goroutine a connection reads, decodes and applies; one reads the list again
// from time to time; one runs the caller's filler. All end before Run returns.
//
// Each connection has a clock of data: it is cut when nothing comes for Options.Idle
// (see guard), and where the exchange has no heartbeats when REST tells what it does
// not (see listen). The clock of its socket is the adapter's (see package exchange).
// All connections share their pace, and in an outage one back-off (see pace).
//
// Two more audit: one asks REST, for a small share of the budget and only while
// nothing is wanted and a token is left, about the market that nothing has proved
// for the longest, or about all where that is one request; the other looks each
// second for what no stream has explained in time (see package ticker). The Book
// heals itself then, and a link is restarted when the stream tells a market no more,
// or for the third mismatch in ten minutes, though less and less often if that does
// not help. Audits cast no votes for removal: that is the list's to do, and some
// adapters read snapshots by their list.
package engine
