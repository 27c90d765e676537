package history

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// timescale is what was found out about TimescaleDB.
type timescale struct {
	version string // installed in this database; "": not
	schema  string // quoted: where its functions are
	license string // timescale; apache has no compression
	why     string // what was found, or why it cannot be used
}

// tables are cut into days.
func tables() []string { return []string{"trade", "quote", "stats"} }

// lookForTimescale finds out whether TimescaleDB can be used, and installs it in
// the database where it can but is not. CREATE EXTENSION without the library
// preloaded ends the connection, and who may not read shared_preload_libraries can
// still see whether the library's settings are there; so it is asked in that order,
// and the extension created on a connection that is thrown away.
func lookForTimescale(ctx context.Context, conn *pgx.Conn, want Layout) (ts timescale, err error) {
	if want == Native {
		ts.why = "asked for"
		return ts, nil
	}
	if err := ts.look(ctx, conn); err != nil || ts.version != "" {
		return ts, err
	}
	var available, loaded bool
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb'),
		EXISTS (SELECT FROM pg_settings WHERE name = 'timescaledb.bgw_launcher_poll_time')`).Scan(&available, &loaded)
	switch {
	case err != nil:
		return ts, explain("look for TimescaleDB", err)
	case !available:
		ts.why = "TimescaleDB is not installed on the server"
		return ts, nil
	case !loaded:
		ts.why = "TimescaleDB is installed on the server, but not in shared_preload_libraries"
		return ts, nil
	}
	if err := createExtension(ctx, conn.Config()); err != nil {
		ts.why = fmt.Sprintf("TimescaleDB is on the server, but cannot be created in the database: %v", err)
		if ctx.Err() != nil {
			return ts, explain("look for TimescaleDB", err)
		}
		return ts, nil
	}
	return ts, ts.look(ctx, conn)
}

// look reads what is installed in the database.
func (ts *timescale) look(ctx context.Context, conn *pgx.Conn) error {
	err := conn.QueryRow(ctx, `SELECT coalesce(max(extversion), ''), coalesce(max(quote_ident(nspname)), ''),
			coalesce(current_setting('timescaledb.license', true), '')
		FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'timescaledb'`).
		Scan(&ts.version, &ts.schema, &ts.license)
	if err != nil {
		return explain("look for TimescaleDB", err)
	}
	ts.why = fmt.Sprintf("TimescaleDB %s, license %s", ts.version, ts.license)
	return nil
}

func createExtension(ctx context.Context, config *pgx.ConnConfig) error {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(lock)); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE EXTENSION IF NOT EXISTS timescaledb")
	return err
}

// fresh is the schema that Setup begins with, and what was there before: nothing.
func (ts timescale) fresh(want Layout) (s, was Schema, err error) {
	s = Schema{Layout: Native, Why: ts.why, CompressAfter: 2 * 24 * time.Hour, Ahead: 7}
	if ts.version != "" {
		s.Layout = Timescale
	} else if want == Timescale {
		err = fmt.Errorf("history: setup: %s", ts.why)
	}
	return s, Schema{}, err
}

// hypertables makes hypertables of the empty tables, with chunks of one UTC day.
func (ts timescale) hypertables(ctx context.Context, tx pgx.Tx) error {
	for _, table := range tables() {
		_, err := tx.Exec(ctx, fmt.Sprintf(`SELECT %s.create_hypertable('tickersync.%s', 'ts',
			chunk_time_interval => INTERVAL '1 day', create_default_indexes => false)`, ts.schema, table))
		if err != nil {
			return err
		}
	}
	return nil
}

// compress sets when chunks are compressed. Under the Apache license none is.
func (ts timescale) compress(ctx context.Context, tx pgx.Tx, s *Schema) error {
	if ts.license != "timescale" {
		s.CompressAfter = 0
		return nil
	}
	for _, table := range tables() {
		if err := ts.compressTable(ctx, tx, table, int(s.CompressAfter/(24*time.Hour))); err != nil {
			return err
		}
	}
	return nil
}

// compressTable sets after how many days chunks are compressed; 0: never.
func (ts timescale) compressTable(ctx context.Context, tx pgx.Tx, table string, days int) error {
	var enabled bool
	err := tx.QueryRow(ctx, `SELECT compression_enabled FROM timescaledb_information.hypertables
		WHERE hypertable_schema = 'tickersync' AND hypertable_name = $1`, table).Scan(&enabled)
	if err != nil {
		return err
	}
	var sql []string
	if enabled {
		sql = append(sql, fmt.Sprintf("SELECT %s.remove_compression_policy('tickersync.%s', if_exists => true)", ts.schema, table))
	} else if days > 0 {
		sql = append(sql, fmt.Sprintf(`ALTER TABLE tickersync.%s SET (timescaledb.compress,
			timescaledb.compress_segmentby = 'series_id', timescaledb.compress_orderby = 'ts')`, table))
	}
	if days > 0 {
		sql = append(sql, fmt.Sprintf("SELECT %s.add_compression_policy('tickersync.%s', INTERVAL '%d days')", ts.schema, table, days))
	}
	for _, sql := range sql {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}
