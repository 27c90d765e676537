package history

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// Beginner is what Maintain needs of a database: a *pgxpool.Pool and a *pgx.Conn are
// ones.
type Beginner interface {
	BeginTx(ctx context.Context, opts pgx.TxOptions) (pgx.Tx, error)
}

// readCommitted is how transactions that change the schema see what was done while
// they waited for the lock, whatever the database's default is.
func readCommitted() pgx.TxOptions { return pgx.TxOptions{IsoLevel: pgx.ReadCommitted} }

// Maintain makes the days ahead and drops those that are older than Schema.Keep. A
// Recorder calls it from time to time; who writes by other means does so at least
// every Ahead days. Days are UTC days, whatever the time zone of the session. It
// may be called by several at once, and while others read and write: where a reader
// holds a day that is to be dropped for longer than two seconds, it gives up with
// an error, and the next call drops it.
func Maintain(ctx context.Context, db Beginner) error {
	return maintain(ctx, db, time.Now())
}

func maintain(ctx context.Context, db Beginner, now time.Time) error {
	err := pgx.BeginTxFunc(ctx, db, readCommitted(), func(tx pgx.Tx) error {
		s, err := begin(ctx, tx)
		if err != nil || s.Layout != Native {
			return err
		}
		return makeDays(ctx, tx, now.AddDate(0, 0, -1), now.AddDate(0, 0, s.Ahead))
	})
	if err != nil {
		return explain("make days", err)
	}
	// In a transaction of its own: a day that is held must not undo the others.
	err = pgx.BeginTxFunc(ctx, db, readCommitted(), func(tx pgx.Tx) error {
		s, err := begin(ctx, tx)
		if err != nil || s.Keep == 0 {
			return err
		}
		return drop(ctx, tx, s, midnight(now.Add(-s.Keep)))
	})
	if err != nil {
		return explain("drop old days", err)
	}
	return nil
}

// begin waits for who else changes the schema, and reads it.
func begin(ctx context.Context, tx pgx.Tx) (Schema, error) {
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(lock)); err != nil {
		return Schema{}, err
	}
	return ReadSchema(ctx, tx)
}

func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// EnsureDays makes the days from that of one moment to that of another, where they
// are missing: what a recorder needs before it writes what it kept for long.
func EnsureDays(ctx context.Context, db Beginner, from, to time.Time) error {
	err := pgx.BeginTxFunc(ctx, db, readCommitted(), func(tx pgx.Tx) error {
		s, err := begin(ctx, tx)
		if err != nil || s.Layout != Native {
			return err
		}
		return makeDays(ctx, tx, from, to)
	})
	if err != nil {
		return explain("make days", err)
	}
	return nil
}

// makeDays makes the partitions of days. A table that is made first and attached
// then does not wait for readers of the others, nor they for it.
func makeDays(ctx context.Context, tx pgx.Tx, from, to time.Time) error {
	there, err := partitions(ctx, tx)
	if err != nil {
		return err
	}
	for _, table := range tables() {
		for day := midnight(from); !day.After(to); day = day.AddDate(0, 0, 1) {
			name := table + "_" + day.Format("20060102")
			if slices.Contains(there, name) {
				continue
			}
			const stamp = "2006-01-02 15:04:05+00"
			sql := fmt.Sprintf(`CREATE TABLE tickersync.%[1]s (LIKE tickersync.%[2]s INCLUDING ALL);
				ALTER TABLE tickersync.%[2]s ATTACH PARTITION tickersync.%[1]s FOR VALUES FROM ('%[3]s') TO ('%[4]s')`,
				name, table, day.Format(stamp), day.AddDate(0, 0, 1).Format(stamp))
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
	}
	return nil
}

// partitions are the names of those that there are, in the schema tickersync.
func partitions(ctx context.Context, tx pgx.Tx) ([]string, error) {
	rows, err := tx.Query(ctx, `SELECT c.relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
		WHERE inhparent = ANY (ARRAY['tickersync.trade', 'tickersync.quote', 'tickersync.stats']::regclass[])
			AND c.relnamespace = 'tickersync'::regnamespace ORDER BY 1`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// drop drops the days that ended before the cutoff, and what was said of links and
// gaps in that time.
func drop(ctx context.Context, tx pgx.Tx, s Schema, cutoff time.Time) error {
	if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '2s'"); err != nil {
		return err
	}
	var err error
	if s.Layout == Timescale {
		err = dropChunks(ctx, tx, cutoff)
	} else {
		err = dropDays(ctx, tx, cutoff)
	}
	if err != nil {
		return err
	}
	for _, sql := range []string{
		`DELETE FROM tickersync.gap WHERE until < $1`,
		`DELETE FROM tickersync.link_life f USING tickersync.link l WHERE f.link_id = l.link_id AND f.heard_to < $1 AND f.heard_to < l.heard`,
	} {
		if _, err := tx.Exec(ctx, sql, cutoff); err != nil {
			return err
		}
	}
	return nil
}

var dayName = regexp.MustCompile(`^(?:trade|quote|stats)_(\d{8})$`)

func dropDays(ctx context.Context, tx pgx.Tx, cutoff time.Time) error {
	names, err := partitions(ctx, tx)
	if err != nil {
		return err
	}
	for _, name := range names {
		match := dayName.FindStringSubmatch(name)
		if match == nil {
			continue // somebody's own partition
		}
		day, err := time.Parse("20060102", match[1])
		if err != nil || day.AddDate(0, 0, 1).After(cutoff) {
			continue
		}
		if _, err := tx.Exec(ctx, "DROP TABLE tickersync."+name); err != nil {
			return err
		}
	}
	return nil
}

func dropChunks(ctx context.Context, tx pgx.Tx, cutoff time.Time) error {
	var schema string
	err := tx.QueryRow(ctx, `SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
		WHERE extname = 'timescaledb'`).Scan(&schema)
	if err != nil {
		return err
	}
	for _, table := range tables() {
		if _, err := tx.Exec(ctx, fmt.Sprintf(`SELECT %s.drop_chunks('tickersync.%s', older_than => $1::timestamptz)`, schema, table), cutoff); err != nil {
			return err
		}
	}
	return nil
}
