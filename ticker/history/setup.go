package history

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Layout is how the tables of a history are cut into days. The zero value is Auto.
type Layout string

const (
	Auto      Layout = ""          // Timescale where it can be used, else Native
	Native    Layout = "native"    // a partition a day, made and dropped by Maintain
	Timescale Layout = "timescale" // a chunk a day of a hypertable, compressed after a while
)

// Options are how Setup makes a history. They are kept in the database: Setup
// leaves as it is what they leave open.
type Options struct {
	// Layout is chosen once. If Auto, what there is stays.
	Layout Layout
	// Keep is how long Maintain keeps rows, in whole days, rounded up. If zero, what
	// was set before; at first, and if negative, for ever.
	Keep time.Duration
	// CompressAfter is the age at which TimescaleDB compresses a chunk; negative:
	// none. If zero, what was set before; at first two days.
	CompressAfter time.Duration
	// Ahead is how many days Native partitions are made ahead. If zero, what was set
	// before; at first 7.
	Ahead int
}

// Schema is what the database holds.
type Schema struct {
	Version       int
	Layout        Layout
	Why           string        // why Layout was chosen, for people
	Keep          time.Duration // zero: for ever
	CompressAfter time.Duration // zero: nothing is compressed
	Ahead         int           // days
}

// DB is what queries need of a database: a *pgxpool.Pool, a *pgx.Conn and a pgx.Tx
// are ones.
type DB interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

//go:embed sql
var files embed.FS

// steps lead from each version of the schema to the next; the first makes version 1.
// A step that was released is never changed.
func steps() []string {
	return []string{read("1/tables", "1/now", "1/spreads", "1/during", "1/series")}
}

// read returns files of the program.
func read(names ...string) string {
	var all strings.Builder
	for _, name := range names {
		b, err := files.ReadFile("sql/" + name + ".sql")
		if err != nil {
			panic(err) // only if the program was built without them
		}
		all.Write(b)
	}
	return all.String()
}

// lock is the advisory lock of whoever changes the schema or its partitions.
const lock = 0x7469636b65727379 // "tickersy"

// Setup creates the history's tables in the schema tickersync of a database, or
// brings those of an earlier version up to date. It may be run at every start, and
// by several at once. Where TimescaleDB is not installed but could be, it is. All
// is done or nothing.
//
// The errors: ErrForeign where the schema has a relation of ours that is not ours,
// a *VersionError where a later version of this library was here, ErrNotAllowed
// where the role lacks a right, and what the database says.
func Setup(ctx context.Context, pool *pgxpool.Pool, opts *Options) (Schema, error) {
	if opts == nil {
		opts = &Options{}
	}
	return setup(ctx, pool.Config().ConnConfig, opts, steps())
}

func setup(ctx context.Context, config *pgx.ConnConfig, opts *Options, steps []string) (Schema, error) {
	if opts.Layout != Auto && opts.Layout != Native && opts.Layout != Timescale {
		return Schema{}, fmt.Errorf("history: no such layout: %q", opts.Layout)
	}
	// A connection of its own, so that no setting of a pooled one matters here and
	// none of ours stays there.
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return Schema{}, fmt.Errorf("history: setup: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	want := opts.Layout
	if there, err := ReadSchema(ctx, conn); err == nil && there.Layout == Native {
		want = Native // and stays so: TimescaleDB is not installed for nothing
	}
	ts, err := lookForTimescale(ctx, conn, want)
	if err != nil {
		return Schema{}, err
	}
	var s Schema
	err = pgx.BeginTxFunc(ctx, conn, readCommitted(), func(tx pgx.Tx) error {
		s, err = setupTx(ctx, tx, ts, opts, steps)
		return err
	})
	if err != nil {
		return Schema{}, explain("set up the schema", err)
	}
	return s, Maintain(ctx, conn)
}

func setupTx(ctx context.Context, tx pgx.Tx, ts timescale, opts *Options, steps []string) (s Schema, err error) {
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(lock)); err != nil {
		return s, err
	}
	s, err = ReadSchema(ctx, tx)
	was := s
	switch {
	case errors.Is(err, ErrNoSchema):
		s, was, err = ts.fresh(opts.Layout)
	case err == nil && opts.Layout != Auto && opts.Layout != s.Layout:
		err = fmt.Errorf("history: setup: the layout is %s, and cannot be made %s", s.Layout, opts.Layout)
	}
	if err != nil {
		return s, err
	}
	if s.Version > len(steps) {
		return s, &VersionError{Have: s.Version, Known: len(steps)}
	}
	opts.into(&s)
	for ; s.Version < len(steps); s.Version++ {
		if err := step(ctx, tx, &s, ts, steps[s.Version]); err != nil {
			return s, err
		}
	}
	if s == was {
		return s, nil
	}
	if s.CompressAfter != was.CompressAfter {
		if err := ts.compress(ctx, tx, &s); err != nil {
			return s, err
		}
	}
	return s, s.write(ctx, tx)
}

// step brings the schema one version further.
func step(ctx context.Context, tx pgx.Tx, s *Schema, ts timescale, sql string) error {
	partition := ""
	if s.Layout == Native {
		partition = "PARTITION BY RANGE (ts)"
	}
	if s.Version == 0 {
		// CREATE SCHEMA IF NOT EXISTS wants rights that one who finds it does not need.
		var there bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'tickersync')").Scan(&there); err != nil {
			return err
		}
		if !there {
			sql = "CREATE SCHEMA tickersync;\n" + sql
		}
	}
	if _, err := tx.Exec(ctx, strings.ReplaceAll(sql, "{{PARTITION}}", partition)); err != nil {
		return err
	}
	if s.Version == 0 && s.Layout == Timescale {
		return ts.hypertables(ctx, tx)
	}
	return nil
}

// into puts what the options say into the schema.
func (o *Options) into(s *Schema) {
	const day = 24 * time.Hour
	set := func(to *time.Duration, d time.Duration) {
		switch {
		case d > 0:
			*to = (d + day - 1) / day * day
		case d < 0:
			*to = 0
		}
	}
	set(&s.Keep, o.Keep)
	set(&s.CompressAfter, o.CompressAfter)
	if s.Layout == Native {
		s.CompressAfter = 0
	}
	if o.Ahead > 0 {
		s.Ahead = o.Ahead
	}
}
