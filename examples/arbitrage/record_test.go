package main

import (
	"bytes"
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker/history"
)

// scanned runs the scan on the simulated exchanges, with a spool of its own.
func scanned(t *testing.T, args ...string) (out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	args = append(args, "-fee", "0", "-spool", filepath.Join(t.TempDir(), "spool"))
	require.NoError(t, run(t.Context(), args, &world{source: source, memory: true}, &o, &notes{to: &e}))
	return o.String(), e.String()
}

func TestScanRecords(t *testing.T) {
	db := postgres.Database(t)
	out, errs := scanned(t, "-for", "3s", "-db", db)
	assert.Contains(t, out, " opened ")
	assert.NotContains(t, errs, "nothing is recorded")
	pool, err := pgxpool.New(t.Context(), db)
	require.NoError(t, err)
	defer pool.Close()
	latest, err := history.ReadLatest(t.Context(), pool, "", "BTC-EUR")
	require.NoError(t, err)
	require.Len(t, latest, 2)
	assert.Equal(t, "binance", latest[0].Exchange)
	assert.True(t, latest[0].Quote.Bid.IsPos())
}

// A database that is away stops neither the signals nor the spool.
func TestScanWithoutItsDatabase(t *testing.T) {
	began := time.Now()
	out, errs := scanned(t, "-for", "2s", "-db", "postgres://nobody@127.0.0.1:1/none")
	assert.Contains(t, out, " opened ")
	assert.Contains(t, errs, "127.0.0.1:1")
	assert.NotContains(t, errs, "nothing is recorded any more")
	assert.Less(t, time.Since(began), 15*time.Second)
}

// A spool that cannot be had ends a recorder, and not a scan.
func TestSpoolInUse(t *testing.T) {
	db, spool := postgres.Database(t), filepath.Join(t.TempDir(), "spool")
	ctx, cancel := context.WithCancel(t.Context())
	sim := newSimulation(1, false, []string{"kraken"})
	var first sync.WaitGroup
	first.Go(func() { sim.run(ctx) })
	w := &world{source: sim.source}
	args := []string{"record", "-exchanges", "kraken", "-db", db, "-spool", spool}
	var out, errs bytes.Buffer
	first.Go(func() { assert.NoError(t, run(ctx, args, w, &out, &notes{to: &errs})) })
	defer first.Wait()
	defer cancel()

	pool, err := pgxpool.New(t.Context(), db)
	require.NoError(t, err)
	defer pool.Close()
	require.Eventually(t, func() bool { // it is at work
		latest, err := history.ReadLatest(t.Context(), pool, "kraken", "")
		return err == nil && len(latest) > 0
	}, 30*time.Second, 20*time.Millisecond)

	var none, noted bytes.Buffer
	require.ErrorIs(t, run(ctx, args, w, &none, &notes{to: &noted}), history.ErrInUse)
	assert.Empty(t, none.String())

	var beside bytes.Buffer
	noted.Reset()
	both := &world{source: source, memory: true}
	require.NoError(t, run(ctx, []string{"-for", "2s", "-fee", "0", "-db", db, "-spool", spool}, both, &beside, &notes{to: &noted}))
	assert.Contains(t, beside.String(), " opened ")
	assert.Contains(t, noted.String(), "nothing is recorded any more: history: ")
}
