package history

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// days are the partitions of the quotes.
func days(t *testing.T, db DB) []string {
	t.Helper()
	return one[[]string](t, db, `SELECT coalesce(array_agg(c.relname::text ORDER BY 1), '{}') FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
		WHERE inhparent = 'tickersync.quote'::regclass`)
}

// quote writes a quote at a moment.
func quote(ctx context.Context, pool *pgxpool.Pool, at time.Time) error {
	_, err := pool.Exec(ctx, "INSERT INTO tickersync.quote (ts, as_of, seq, series_id, source, kind) VALUES ($1, $1, 1, 1, 1, 1)", at)
	return err
}

func TestDaysAreMadeAheadAndDroppedBehind(t *testing.T) {
	pool := fresh(t, &Options{Layout: Native, Keep: 48 * time.Hour, Ahead: 2})
	_, err := pool.Exec(t.Context(), "DROP TABLE tickersync."+strings.Join(days(t, pool), ", tickersync."))
	require.NoError(t, err)

	now := noon
	require.NoError(t, maintain(t.Context(), pool, now))
	assert.Equal(t, []string{"quote_20261122", "quote_20261123", "quote_20261124", "quote_20261125"}, days(t, pool))
	midnight := noon.Add(12 * time.Hour)
	for _, at := range []time.Time{midnight.Add(-time.Microsecond), midnight, midnight.Add(time.Microsecond), noon.AddDate(0, 0, -1), noon.AddDate(0, 0, 2)} {
		require.NoError(t, quote(t.Context(), pool, at), "%v", at)
	}
	require.Error(t, quote(t.Context(), pool, noon.AddDate(0, 0, 3)), "no such day yet")
	assert.Equal(t, 1, one[int](t, pool, "SELECT count(*) FROM tickersync.quote_20261123"))
	assert.Equal(t, 2, one[int](t, pool, "SELECT count(*) FROM tickersync.quote_20261124"))
	assert.Equal(t, 2, one[int](t, pool, `SELECT count(*) FROM pg_index WHERE indrelid = 'tickersync.quote_20261124'::regclass`), "both indexes")

	require.NoError(t, maintain(t.Context(), pool, now), "nothing left to do")
	// The day is dropped when all of it is two days old, and not before.
	require.NoError(t, maintain(t.Context(), pool, time.Date(2026, 11, 24, 23, 59, 59, 0, time.UTC)))
	assert.Contains(t, days(t, pool), "quote_20261122")
	require.NoError(t, maintain(t.Context(), pool, time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)))
	assert.Equal(t, []string{"quote_20261123", "quote_20261124", "quote_20261125", "quote_20261126", "quote_20261127"}, days(t, pool))

	// What a recorder kept through an outage is of days that nobody has made.
	old := noon.AddDate(0, -1, 0)
	require.NoError(t, EnsureDays(t.Context(), pool, old, old.Add(24*time.Hour)))
	require.NoError(t, quote(t.Context(), pool, old))
	require.NoError(t, quote(t.Context(), pool, old.Add(24*time.Hour)))
	require.NoError(t, EnsureDays(t.Context(), pool, old, old))
}

func TestNothingIsDroppedUnasked(t *testing.T) {
	pool := fresh(t, &Options{Layout: Native})
	before := days(t, pool)
	require.NoError(t, maintain(t.Context(), pool, time.Now().AddDate(10, 0, 0)))
	assert.Subset(t, days(t, pool), before)
}

// Days are UTC days, whatever the session thinks.
func TestTimeZones(t *testing.T) {
	config, err := pgxpool.ParseConfig(postgres.Database(t))
	require.NoError(t, err)
	config.ConnConfig.RuntimeParams["timezone"] = "Pacific/Kiritimati" // UTC+14
	config.ConnConfig.RuntimeParams["datestyle"] = "German, DMY"
	config.ConnConfig.RuntimeParams["intervalstyle"] = "iso_8601"
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	made, err := Setup(t.Context(), pool, &Options{Layout: Native, Keep: 24 * time.Hour})
	require.NoError(t, err)
	read, err := ReadSchema(t.Context(), pool)
	require.NoError(t, err)
	assert.Equal(t, made, read)
	require.NoError(t, EnsureDays(t.Context(), pool, noon, noon.AddDate(0, 0, 1)))
	midnight := noon.Add(12 * time.Hour)
	require.NoError(t, quote(t.Context(), pool, midnight.Add(-time.Microsecond)))
	require.NoError(t, quote(t.Context(), pool, midnight))
	assert.Equal(t, 1, one[int](t, pool, "SELECT count(*) FROM tickersync.quote_20261123"))
	assert.Equal(t, 1, one[int](t, pool, "SELECT count(*) FROM tickersync.quote_20261124"))
	require.NoError(t, maintain(t.Context(), pool, midnight.Add(24*time.Hour-time.Microsecond)))
	assert.Contains(t, days(t, pool), "quote_20261123")
	require.NoError(t, maintain(t.Context(), pool, midnight.Add(24*time.Hour)))
	assert.NotContains(t, days(t, pool), "quote_20261123")
}

func TestGapsAndLivesAreDroppedWithTheirDays(t *testing.T) {
	pool := fresh(t, &Options{Keep: 24 * time.Hour})
	_, err := pool.Exec(t.Context(), `INSERT INTO tickersync.recorder (name) VALUES ('me');
		INSERT INTO tickersync.link (recorder_id, seq, exchange, opened, heard) VALUES (1, 1, 'e', '2026-11-01Z', '2026-11-03Z'), (1, 2, 'e', '2026-11-01Z', '2026-11-02Z');
		INSERT INTO tickersync.link_life VALUES (1, '2026-11-01Z', '2026-11-01Z', '2026-11-01 12:00Z'), (1, '2026-11-02Z', '2026-11-02Z', '2026-11-03Z'),
			(2, '2026-11-01Z', '2026-11-01Z', '2026-11-02Z');
		INSERT INTO tickersync.gap (recorder_id, seq, since, until, reason) VALUES (1, 1, '2026-11-01Z', '2026-11-02Z', 'down'),
			(1, 1, '2026-11-01Z', NULL, 'down'), (1, 1, '2026-11-01Z', '2026-11-23Z', 'down')`)
	require.NoError(t, err)
	require.NoError(t, maintain(t.Context(), pool, noon))
	assert.Equal(t, 2, one[int](t, pool, "SELECT count(*) FROM tickersync.gap"))
	assert.Equal(t, 2, one[int](t, pool, "SELECT count(*) FROM tickersync.link_life"), "the last of each link says how old its quotes are")
}

// Those who make the same days at once wait for each other, and know of each
// other's even where they looked for them before.
func TestDaysMadeByManyAtOnce(t *testing.T) {
	pool := fresh(t, &Options{Layout: Native})
	for round := range 5 {
		from := noon.AddDate(0, round, 0)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				assert.NoError(t, EnsureDays(t.Context(), pool, from, from.AddDate(0, 0, 1)))
			})
		}
		all.Wait()
	}
}

// Who reads an old day for long holds up its being dropped, and nothing else.
func TestReaderOfAnOldDay(t *testing.T) {
	pool := fresh(t, &Options{Layout: Native, Keep: 24 * time.Hour, Ahead: 1})
	require.NoError(t, EnsureDays(t.Context(), pool, noon.AddDate(0, -1, 0), noon.AddDate(0, -1, 0)))
	require.NoError(t, pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), "SELECT count(*) FROM tickersync.quote")
		require.NoError(t, err)
		require.ErrorContains(t, Maintain(t.Context(), pool), "lock timeout")
		require.NoError(t, EnsureDays(t.Context(), pool, noon.AddDate(1, 0, 0), noon.AddDate(1, 0, 0)), "a reader does not hold up a day's being made")
		return nil
	}))
	require.NoError(t, Maintain(t.Context(), pool))
	assert.NotContains(t, days(t, pool), "quote_20261023")
}
