// Package keyed is an exchange that exists in tests only: an adapter and the
// simulated server for it.
//
// It has what the notebook's exchange lacks, so that every rule of merging runs
// in the simulation: subscriptions that are acknowledged market by market,
// heartbeats, quotes and statistics, a list of markets with what trades and how
// much, and order keys that REST and stream share, with epochs. As its messages
// carry keys, they may be reordered and doubled on their way.
//
// A Variant says how it tells its groups; give the same to New and to the
// Dialect.
package keyed
