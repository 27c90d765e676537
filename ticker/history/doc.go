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
