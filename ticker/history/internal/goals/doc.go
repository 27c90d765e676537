// Command goals loads a history and measures it against its goals on this machine:
//
//	go run ./ticker/history/internal/goals
//
// It starts a private Postgres from the installed binaries, loads 15 million
// quotes of 48 series over 30 days, and prints a table: what, the goal, the median
// measured, its spread (of queries the 10th to the 90th percentile, of rates the
// least and the highest), and whether that is enough. -rows makes it smaller, -away
// says how long the database is away, -postgres and -timescale name servers to
// measure on. Ratios are of one run on one machine; the milliseconds are this
// machine's, and of no use where others compete for it.
//
// The talk's query is the last bid and ask of each exchange within the last minute,
// compared each with each; it mixes markets. Its table has the rows of the last
// minutes only, with texts and an index on the time, since it looks at no others.
// Where it has TimescaleDB's LAST stands array_agg, which Postgres has, too, and
// which takes several times as long where the minute has many rows.
package main
