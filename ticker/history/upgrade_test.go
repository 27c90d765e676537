package history

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// next is a version of the schema that this library does not have.
const next = `ALTER TABLE tickersync.gap ADD COLUMN severity int;
CREATE VIEW tickersync.severe AS SELECT * FROM tickersync.gap WHERE severity > 1`

func setupSteps(t *testing.T, pool *pgxpool.Pool, steps []string) (Schema, error) {
	t.Helper()
	return setup(t.Context(), pool.Config().ConnConfig, &Options{}, steps)
}

func TestUpgradeFromEachVersion(t *testing.T) {
	all := append(steps(), next)
	for from := range all {
		pool := open(t, postgres.Database(t))
		if from > 0 {
			s, err := setupSteps(t, pool, all[:from])
			require.NoError(t, err)
			require.Equal(t, from, s.Version)
			_, err = pool.Exec(t.Context(), "INSERT INTO tickersync.recorder (name, pos) VALUES ('me', 7)")
			require.NoError(t, err)
		}
		s, err := setupSteps(t, pool, all)
		require.NoError(t, err)
		assert.Equal(t, len(all), s.Version)
		assert.Zero(t, one[int](t, pool, "SELECT count(*) FROM tickersync.severe"))
		if from > 0 {
			assert.Equal(t, 7, one[int](t, pool, "SELECT pos FROM tickersync.recorder"), "nothing is lost")
		}
	}
}

func TestLaterVersionIsLeftAlone(t *testing.T) {
	pool := open(t, postgres.Database(t))
	_, err := setupSteps(t, pool, append(steps(), next))
	require.NoError(t, err)
	_, err = Setup(t.Context(), pool, nil)
	var later *VersionError
	require.ErrorAs(t, err, &later)
	assert.Equal(t, VersionError{Have: len(steps()) + 1, Known: len(steps())}, *later)
	assert.ErrorContains(t, err, "use a later one")
}

func TestForeignRelationsAreLeftAlone(t *testing.T) {
	for name, sql := range map[string]string{
		"table":    "CREATE TABLE tickersync.quote (mine text); INSERT INTO tickersync.quote VALUES ('dear')",
		"setup":    "CREATE TABLE tickersync.setup (version int)",
		"view":     "CREATE VIEW tickersync.latest AS SELECT 1 AS mine",
		"index":    "CREATE TABLE tickersync.mine (i int); CREATE INDEX quote_series_ts ON tickersync.mine (i)",
		"function": "CREATE FUNCTION tickersync.quotes_at(timestamptz) RETURNS int LANGUAGE sql AS 'SELECT 1'",
	} {
		t.Run(name, func(t *testing.T) {
			pool := open(t, postgres.Database(t))
			_, err := pool.Exec(t.Context(), "CREATE SCHEMA tickersync; "+sql)
			require.NoError(t, err)
			_, err = Setup(t.Context(), pool, nil)
			require.ErrorIs(t, err, ErrForeign)
			t.Log(err)
			_, err = ReadSchema(t.Context(), pool)
			require.ErrorIs(t, err, ErrNoSchema)
			if name == "table" {
				assert.Equal(t, "dear", one[string](t, pool, "SELECT mine FROM tickersync.quote"))
			}
			assert.False(t, one[bool](t, pool, "SELECT to_regclass('tickersync.recorder') IS NOT NULL"), "all or nothing")
		})
	}
	t.Run("upgrade", func(t *testing.T) {
		pool := fresh(t, nil)
		_, err := pool.Exec(t.Context(), "CREATE VIEW tickersync.severe AS SELECT 1 AS mine")
		require.NoError(t, err)
		_, err = setupSteps(t, pool, append(steps(), next))
		require.ErrorIs(t, err, ErrForeign)
		s, err := ReadSchema(t.Context(), pool)
		require.NoError(t, err)
		assert.Equal(t, len(steps()), s.Version)
	})
	t.Run("others", func(t *testing.T) { // tables with other names are in nobody's way
		pool := open(t, postgres.Database(t))
		_, err := pool.Exec(t.Context(), "CREATE SCHEMA tickersync; CREATE TABLE tickersync.mine (i int)")
		require.NoError(t, err)
		_, err = Setup(t.Context(), pool, nil)
		require.NoError(t, err)
	})
}

// as returns a pool whose sessions are those of a role without rights.
func as(t *testing.T, pool *pgxpool.Pool) *pgxpool.Pool {
	t.Helper()
	config := pool.Config()
	database := config.ConnConfig.Database
	_, err := pool.Exec(t.Context(), "CREATE ROLE "+database+" LOGIN PASSWORD 'x'") // as unique as the database
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := pool.Exec(context.Background(), "DROP OWNED BY "+database+"; DROP ROLE "+database)
		assert.NoError(t, err)
	})
	config.ConnConfig.User, config.ConnConfig.Password = database, "x"
	poor, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(poor.Close)
	return poor
}

func TestRightsThatAreMissing(t *testing.T) {
	pool := open(t, postgres.Database(t))
	poor := as(t, pool)
	_, err := Setup(t.Context(), poor, nil)
	require.ErrorIs(t, err, ErrNotAllowed)
	assert.ErrorContains(t, err, "permission denied for database")
	t.Log(err)

	_, err = Setup(t.Context(), pool, nil)
	require.NoError(t, err)
	_, err = ReadSchema(t.Context(), poor)
	require.ErrorIs(t, err, ErrNotAllowed)
	_, err = Setup(t.Context(), poor, nil)
	require.ErrorIs(t, err, ErrNotAllowed)
	_, err = ReadLatest(t.Context(), poor, "", "")
	require.ErrorIs(t, err, ErrNotAllowed)

	// Who may write the rows but owns nothing runs Setup in vain, and without harm.
	_, err = pool.Exec(t.Context(), `GRANT USAGE ON SCHEMA tickersync TO `+poor.Config().ConnConfig.User+`;
		GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tickersync TO `+poor.Config().ConnConfig.User)
	require.NoError(t, err)
	_, err = Setup(t.Context(), poor, nil)
	require.NoError(t, err)

	// Who was given a schema of his own needs no right on the database.
	pool = open(t, postgres.Database(t))
	poor = as(t, pool)
	_, err = pool.Exec(t.Context(), "CREATE SCHEMA tickersync AUTHORIZATION "+poor.Config().ConnConfig.User)
	require.NoError(t, err)
	_, err = Setup(t.Context(), poor, nil)
	require.NoError(t, err)
}

func TestSetupIsAllOrNothing(t *testing.T) {
	pool := open(t, postgres.Database(t))
	_, err := setupSteps(t, pool, append(steps(), "SELECT 1/0"))
	require.ErrorContains(t, err, "division by zero")
	assert.False(t, one[bool](t, pool, "SELECT to_regnamespace('tickersync') IS NOT NULL"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Setup(ctx, pool, nil)
	require.ErrorIs(t, err, context.Canceled)
	_, err = Setup(t.Context(), pool, &Options{Layout: "oracle"})
	require.ErrorContains(t, err, "no such layout")
	_, err = Setup(t.Context(), pool, &Options{Layout: Native})
	require.NoError(t, err)
	_, err = Setup(t.Context(), pool, &Options{Layout: Timescale})
	require.Error(t, err)
}
