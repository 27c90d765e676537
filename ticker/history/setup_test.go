package history

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSetup(t *testing.T) {
	pool := open(t, postgres.Database(t))
	_, err := ReadSchema(t.Context(), pool)
	require.ErrorIs(t, err, ErrNoSchema)

	made, err := Setup(t.Context(), pool, &Options{Layout: Native, Keep: 30 * time.Hour, Ahead: 2})
	require.NoError(t, err)
	assert.Equal(t, Schema{Version: 1, Layout: Native, Why: "asked for", Keep: 48 * time.Hour, Ahead: 2}, made)
	read, err := ReadSchema(t.Context(), pool)
	require.NoError(t, err)
	assert.Equal(t, made, read)

	again, err := Setup(t.Context(), pool, nil)
	require.NoError(t, err)
	assert.Equal(t, made, again, "what the options leave open stays")
	changed, err := Setup(t.Context(), pool, &Options{Keep: -1})
	require.NoError(t, err)
	assert.Zero(t, changed.Keep)
	assert.Equal(t, 2, changed.Ahead)
	for _, view := range []string{"latest", "spread", "gaps", "spreads_at(now())", "spreads_during(now() - interval '1 minute', now())",
		"trades_during('a', 'A-B', '-infinity', 'infinity', '1 h')", "quotes_during('a', 'A-B', '-infinity', 'infinity', '1 h')",
		"coverage('a', 'A-B', now() - interval '1 minute', now())"} {
		assert.Zero(t, one[int](t, pool, "SELECT count(*) FROM tickersync."+view), view)
	}
}

func TestSetupByManyAtOnce(t *testing.T) {
	pool := open(t, postgres.Database(t))
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			_, err := Setup(t.Context(), pool, nil)
			assert.NoError(t, err)
		})
	}
	all.Wait()
}
