package history

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/internal/pgtest"
)

var postgres pgtest.Shared

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if err := postgres.Close(); err != nil && code == 0 {
			code = 1
		}
		os.Exit(code)
	}))
}

// open returns a pool of the database at url, closed with the test.
func open(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// fresh returns a pool of a database with a history.
func fresh(t *testing.T, opts *Options) *pgxpool.Pool {
	t.Helper()
	pool := open(t, postgres.Database(t))
	_, err := Setup(t.Context(), pool, opts)
	require.NoError(t, err)
	return pool
}

// one returns the only value of a query's only row.
func one[V any](t *testing.T, db DB, sql string, args ...any) (v V) {
	t.Helper()
	require.NoError(t, db.QueryRow(context.WithoutCancel(t.Context()), sql, args...).Scan(&v), sql)
	return v
}
