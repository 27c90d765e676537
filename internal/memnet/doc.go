// Package memnet is a network in memory, for tests in virtual time.
//
// Its connections are buffered pipes: a writer goes on until a mebibyte waits
// for the reader, as with a socket, where net.Pipe would make it wait for each
// read. Waiting on them is waiting for nothing outside, so that a
// testing/synctest bubble's clock moves on.
package memnet
