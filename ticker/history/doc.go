// Package history keeps the tickers of Books in Postgres, and answers from there.
//
// # The tables
//
// Setup makes them, in the schema tickersync of a database. A ticker is three
// groups with times of their own, so trade, quote and stats are tables of their
// own, with a row for each change that a Book accepted; trade_latest, quote_latest
// and stats_latest hold the newest row of each market. Prices are exact decimals;
// what was not reported is NULL. The tables are cut into UTC days: by TimescaleDB
// where it is on the server, which also compresses them, and else by Postgres's
// own partitions, which Maintain makes ahead. Old days are dropped when
// Options.Keep says so, and else never.
//
// # Recording
//
// A Recorder follows Books and writes what they accept: first to a spool, a log on
// the local disk, and from there to the database, in transactions that move the
// recorder's position together with the rows.
//
//	r := history.Recorder{Name: "kraken", Pool: pool, Dir: "/var/lib/ticker/spool"}
//	err := r.Run(ctx, &book)
//
// A process that is killed, a server that crashes and a network that is cut lose
// nothing that was spooled, which is a change's way for some 20 ms, and double
// nothing. What was lost before that, and what nobody saw, is in the table gap:
//
//	behind   the Book was faster than the spool; the number of changes is known
//	full     the spool was at its limit, or the disk full
//	down     a connection to the exchange was lost; from when it was last heard
//	stopped  no recorder ran, or no engine kept the Book
//	damaged  a part of the spool could not be read again
//
// After each but down, every market is recorded anew, so the latest rows are right.
//
// # Ages
//
// A quote that has not changed for an hour is fresh if its connection lives. So a
// row names the link that its AsOf moves with, and link and link_life say up to
// when each link was heard: SQL computes the same age as the Book does. A link
// that is lost, a market that is halted or doubted, and one that is removed
// thereby grow old in the database as they do in the Book.
//
// # For psql
//
//	SELECT * FROM tickersync.latest;                    -- each exchange and market now
//	SELECT * FROM tickersync.spread;                    -- where a bid beats another's ask by more than 0.25 % each
//	SELECT * FROM tickersync.spreads('{"kraken": 0.0026}', 0.001);           -- with other fees
//	SELECT * FROM tickersync.spreads_at('2026-11-23 12:00Z');                -- then
//	SELECT * FROM tickersync.spreads_during('2026-11-23', '2026-11-24', '10 s');
//	SELECT * FROM tickersync.trades_during('kraken', 'BTC-EUR', '2026-11-23', '2026-11-24', '1 h');
//	SELECT * FROM tickersync.gaps;
//	SELECT * FROM tickersync.coverage('kraken', 'BTC-EUR', '2026-11-23', '2026-11-24');
//
// It needs Postgres 14 or later.
package history
