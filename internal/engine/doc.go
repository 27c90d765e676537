// Package engine is what fullsync and singlesync share: it takes a Book, reads the
// list of markets, keeps a connection open for each share of them, and leaves to
// its caller the one thing in which the two differ, how REST is asked.
//
// One goroutine a connection reads, decodes and applies; one reads the list again
// from time to time; one runs the caller's filler. All end before Run returns.
package engine
