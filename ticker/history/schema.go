package history

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Errors of a database's schema. Tell them apart with errors.Is.
var (
	// ErrNoSchema: the database has no history; Setup makes one.
	ErrNoSchema = errors.New("history: the database has no history")
	// ErrForeign: the schema tickersync has a table, view or function with a name of
	// ours that Setup did not make. It is left alone.
	ErrForeign = errors.New("history: somebody else's relation in the schema tickersync")
	// ErrNotAllowed: the role lacks a right that is needed.
	ErrNotAllowed = errors.New("history: the role is not allowed to")
)

// VersionError says that the schema is of a later version than this library knows.
type VersionError struct{ Have, Known int }

// Error says both versions.
func (e *VersionError) Error() string {
	return fmt.Sprintf("history: the database's schema is version %d, and this library knows %d: use a later one", e.Have, e.Known)
}

// ReadSchema returns what the database holds; ErrNoSchema where that is nothing.
func ReadSchema(ctx context.Context, db DB) (s Schema, err error) {
	// By its rows and not by its name: what a session remembers of names that were
	// not there is not forgotten while it waits for the lock of who makes them.
	var ours bool
	err = db.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'tickersync' AND c.relname = 'setup' AND obj_description(c.oid, 'pg_class') = 'tickersync history')`).Scan(&ours)
	if err != nil {
		return s, explain("read the schema", err)
	}
	if !ours {
		return s, ErrNoSchema
	}
	err = db.QueryRow(ctx, `SELECT version, layout, why, coalesce(keep, '0'), coalesce(compress_after, '0'), ahead FROM tickersync.setup`).
		Scan(&s.Version, &s.Layout, &s.Why, &s.Keep, &s.CompressAfter, &s.Ahead)
	if err != nil {
		return s, explain("read the schema", err)
	}
	return s, nil
}

// write writes what ReadSchema reads.
func (s *Schema) write(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `INSERT INTO tickersync.setup (version, layout, why, keep, compress_after, ahead)
		VALUES ($1, $2, $3, nullif($4::interval, '0'), nullif($5::interval, '0'), $6)
		ON CONFLICT (one) DO UPDATE SET version = excluded.version, layout = excluded.layout, why = excluded.why,
			keep = excluded.keep, compress_after = excluded.compress_after, ahead = excluded.ahead`,
		s.Version, string(s.Layout), s.Why, s.Keep, s.CompressAfter, s.Ahead)
	return err
}

// explain says of a database's error what can be done about it.
func explain(doing string, err error) error {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pg.Code {
		case "42P07", "42723", "42710": // duplicate table, function, object
			return fmt.Errorf("%w: %s: %w", ErrForeign, doing, err)
		case "42501": // insufficient privilege
			return fmt.Errorf("%w %s: %w", ErrNotAllowed, doing, err)
		}
	}
	return fmt.Errorf("history: %s: %w", doing, err)
}
