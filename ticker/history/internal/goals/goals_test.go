package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/internal/pgtest"
	"github.com/tickersync/tickersync/ticker/history"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Everything is measured and every line printed; what the numbers are is of no
// matter on a machine that is busy with other tests.
func TestMeasure(t *testing.T) {
	admin := pgtest.Private(t, nil).URL("postgres")
	var out bytes.Buffer
	require.NoError(t, measure(t.Context(), &out, config{rows: 5000, away: time.Second / 2, postgres: admin, samples: 5, rounds: 1}))
	for _, line := range []string{
		"5000 rows loaded", "spreads now, 347 rows", "the talk's query, 60000 rows", "60000 rows against 347", "Find for one update",
		"8 exchanges x 500 markets", "psql, binary COPY", "a transaction a quote", "recorder's rate", "heap at most", "not run",
	} {
		assert.Contains(t, out.String(), line)
	}
	assert.Regexp(t, `lost +\| 0 +\| 0 .*\| pass`, out.String())
	assert.Regexp(t, `doubled +\| 0 +\| 0 .*\| pass`, out.String())

	a, err := newServer(t.Context(), admin, history.Native)
	require.NoError(t, err)
	defer func() { assert.NoError(t, a.close()) }()
	b, err := newServer(t.Context(), admin, history.Native)
	require.NoError(t, err)
	defer func() { assert.NoError(t, b.close()) }()
	out.Reset()
	require.NoError(t, compare(t.Context(), &table{out: &out}, "one against the other", a, b, config{rows: 5000, samples: 5, rounds: 1}))
	assert.Contains(t, out.String(), "one against the other: COPY")
}
