package history

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/internal/pgtest"
)

// onTimescale returns a pool of a database with a history in hypertables, and
// whether the license allows compression.
func onTimescale(t *testing.T, opts *Options) (pool *pgxpool.Pool, s Schema, compression bool) {
	t.Helper()
	pool = open(t, pgtest.Timescale(t))
	s, err := Setup(t.Context(), pool, opts)
	require.NoError(t, err)
	require.Equal(t, Timescale, s.Layout, s.Why)
	t.Log(s.Why)
	return pool, s, one[string](t, pool, "SHOW timescaledb.license") == "timescale"
}

func TestTimescaleSetup(t *testing.T) {
	pool, s, compression := onTimescale(t, nil)
	assert.Equal(t, 3, one[int](t, pool, "SELECT count(*) FROM timescaledb_information.hypertables WHERE hypertable_schema = 'tickersync'"))
	jobs := `SELECT count(*) FROM timescaledb_information.jobs WHERE hypertable_schema = 'tickersync' AND proc_name LIKE 'policy_compress%'`
	if compression {
		assert.Equal(t, 48*time.Hour, s.CompressAfter)
		assert.Equal(t, 3, one[int](t, pool, jobs))
	} else {
		assert.Zero(t, s.CompressAfter)
	}
	again, err := Setup(t.Context(), pool, nil)
	require.NoError(t, err)
	assert.Equal(t, s, again)
	again, err = Setup(t.Context(), pool, &Options{CompressAfter: -1})
	require.NoError(t, err)
	assert.Zero(t, again.CompressAfter)
	assert.Zero(t, one[int](t, pool, jobs))
	if compression {
		again, err = Setup(t.Context(), pool, &Options{CompressAfter: 24 * time.Hour})
		require.NoError(t, err)
		assert.Equal(t, 24*time.Hour, again.CompressAfter)
		assert.Equal(t, 3, one[int](t, pool, jobs))
	}
}

func TestTimescaleChunksAreUTCDays(t *testing.T) {
	pool, _, compression := onTimescale(t, &Options{Keep: 48 * time.Hour})
	midnight := noon.Add(12 * time.Hour)
	for _, at := range []time.Time{midnight.Add(-time.Microsecond), midnight, midnight.Add(30 * time.Hour)} {
		require.NoError(t, quote(t.Context(), pool, at))
	}
	chunks := "SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_schema = 'tickersync' AND hypertable_name = 'quote'"
	assert.Equal(t, 3, one[int](t, pool, chunks))
	assert.Equal(t, 3, one[int](t, pool, chunks+" AND range_start = date_trunc('day', range_start, 'UTC') AND range_end - range_start = '1 day'"))
	if compression {
		_, err := pool.Exec(t.Context(), "SELECT compress_chunk(c) FROM show_chunks('tickersync.quote') c")
		require.NoError(t, err)
		assert.Equal(t, 3, one[int](t, pool, "SELECT count(*) FROM tickersync.quote"))
		require.NoError(t, quote(t.Context(), pool, midnight.Add(-time.Second)), "what comes late, from a spool, is written all the same")
	}
	require.NoError(t, maintain(t.Context(), pool, midnight.Add(48*time.Hour-time.Microsecond)))
	assert.Equal(t, 3, one[int](t, pool, chunks))
	require.NoError(t, maintain(t.Context(), pool, midnight.Add(48*time.Hour)))
	assert.Equal(t, 2, one[int](t, pool, chunks))
}

// The queries answer the same as on native partitions, compressed or not.
func TestTimescaleQueries(t *testing.T) {
	pool, _, compression := onTimescale(t, nil)
	r := random(t)
	w := randomWorld(r, time.Now())
	w.write(t, pool)
	for round := range 2 {
		for range 20 {
			at := w.begin.Add(time.Duration(r.Int64N(int64(w.end.Sub(w.begin)))).Truncate(time.Microsecond))
			o := randomOptions(r)
			got, err := SpreadsAt(t.Context(), pool, at, o)
			require.NoError(t, err)
			assertSpreads(t, expected(w.quotes(at, w.heard), at, o), got)
		}
		if round == 0 && compression {
			_, err := pool.Exec(t.Context(), "SELECT compress_chunk(c) FROM show_chunks('tickersync.quote') c")
			require.NoError(t, err)
		}
	}
}
