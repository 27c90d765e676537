package history

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/internal/pgtest"
	"github.com/tickersync/tickersync/ticker"
)

// told waits until the recorder has taken in what the exchange told.
func (n *recording) told(t *testing.T, changes int64) {
	t.Helper()
	require.Eventually(t, func() bool { return int64(n.Status().Changes) >= changes }, 15*time.Second, 5*time.Millisecond)
}

// The database is away when the recorder starts, and again later; a second outage
// is a crash.
func TestDatabaseAway(t *testing.T) {
	server := pgtest.Private(t, nil)
	pool := open(t, server.URL("postgres"))
	require.NoError(t, server.Stop(pgtest.Fast))
	e := newExchange(t, "sim", "A-B")
	e.trade("A-B")
	n := record(t, &Recorder{Pool: pool, Dir: t.TempDir()}, &e.Book)
	n.told(t, 1)
	for _, mode := range []pgtest.Mode{"", pgtest.Fast, pgtest.Immediate} {
		if mode != "" {
			require.NoError(t, server.Stop(mode))
		}
		for range 3000 {
			e.trade("A-B")
		}
		n.told(t, e.n)
		require.Eventually(t, func() bool { return n.Status().Database != nil }, 15*time.Second, 5*time.Millisecond)
		require.NoError(t, server.Start())
		eventually(t, pool, "SELECT count(*) = $1 FROM tickersync.trade", e.n)
		require.Eventually(t, func() bool { return n.Status().Database == nil }, 15*time.Second, 5*time.Millisecond)
	}
	_ = n.stop()
	assert.Equal(t, e.n, one[int64](t, pool, "SELECT count(DISTINCT price) FROM tickersync.trade"))
	assert.Zero(t, one[int](t, pool, "SELECT count(*) FROM tickersync.gap"))
	assert.Zero(t, n.Status().Lost)
}

// A spool at its limit stops the recording, not the feed; what was missed is a gap,
// and the newest is right in the end.
func TestSpoolAtItsLimit(t *testing.T) {
	server := pgtest.Private(t, nil)
	pool := open(t, server.URL("postgres"))
	require.NoError(t, server.Stop(pgtest.Fast))
	e := newExchange(t, "sim", "A-B")
	e.trade("A-B")
	n := record(t, &Recorder{Pool: pool, Dir: t.TempDir(), Limit: 1 << 20, Depth: 100}, &e.Book)
	n.told(t, 1)
	for n.Status().Spool == nil {
		e.trade("A-B")
	}
	require.ErrorIs(t, n.Status().Spool, ErrFull)
	begun := time.Now()
	for range 100_000 { // more than all buffers hold
		e.trade("A-B")
	}
	assert.Less(t, time.Since(begun), 10*time.Second, "the feed does not wait")
	require.NoError(t, server.Start())
	require.Eventually(t, func() bool { return n.Status().Spool == nil && n.Status().Lost > 0 }, 20*time.Second, 20*time.Millisecond)
	e.trade("A-B")
	eventually(t, pool, "SELECT max(price * 100) = $1 FROM tickersync.trade_latest", e.n)
	_ = n.stop()
	lost := one[int64](t, pool, "SELECT sum(skipped) FROM tickersync.gap WHERE exchange = 'sim' AND until > since")
	gaps := one[int64](t, pool, "SELECT count(*) FROM tickersync.gap")
	assert.Positive(t, one[int](t, pool, "SELECT count(*) FROM tickersync.gap WHERE reason = 'full'"))
	assert.EqualValues(t, n.Status().Lost, lost)
	assert.Equal(t, e.n-lost+gaps, one[int64](t, pool, "SELECT count(DISTINCT price) FROM tickersync.trade"), "after a gap the newest is told anew")
	assert.Zero(t, one[int](t, pool, `SELECT count(*) FROM (SELECT ts, price, lag(ts) OVER w AS ts0, lag(price) OVER w AS price0
		FROM tickersync.trade WINDOW w AS (ORDER BY seq)) x WHERE price > price0 + 0.01
		AND NOT EXISTS (SELECT FROM tickersync.gap g WHERE g.since >= ts0 - interval '1 second' AND g.until <= ts)`))
}

// Of two recorders with one name the later writes. What the other has spooled waits
// for its return, and is written once.
func TestSecondWriterIsFenced(t *testing.T) {
	pool := open(t, postgres.Database(t))
	first, second := newExchange(t, "sim", "A-B"), newExchange(t, "sim", "A-B")
	second.n = 5_000_000
	dir := t.TempDir()
	one1 := record(t, &Recorder{Pool: pool, Dir: dir}, &first.Book)
	first.trade("A-B")
	eventually(t, pool, "SELECT count(*) = 1 FROM tickersync.trade")
	two := record(t, &Recorder{Pool: pool, Dir: t.TempDir()}, &second.Book)
	second.trade("A-B")
	eventually(t, pool, "SELECT count(*) = 2 FROM tickersync.trade")
	first.trade("A-B")
	<-one1.done
	require.ErrorIs(t, one1.err, ErrFenced)
	second.trade("A-B")
	eventually(t, pool, "SELECT count(*) = 3 FROM tickersync.trade")
	_ = two.stop()
	one1 = record(t, &Recorder{Pool: pool, Dir: dir}, &newExchange(t, "sim").Book)
	eventually(t, pool, "SELECT count(*) = 4 FROM tickersync.trade")
	_ = one1.stop()
	assert.Equal(t, 4, one[int](t, pool, "SELECT count(DISTINCT price) FROM tickersync.trade"))
	assert.Equal(t, 4, one[int](t, pool, "SELECT count(DISTINCT seq) FROM tickersync.trade"))
}

func TestRecorderRefuses(t *testing.T) {
	pool := open(t, postgres.Database(t))
	dir := t.TempDir()
	a, b := newExchange(t, "sim", "A-B"), newExchange(t, "sim", "A-B")
	n := record(t, &Recorder{Pool: pool, Dir: dir}, &a.Book)
	require.Eventually(t, func() bool { return n.Status().Changes == 0 && n.Status().Bytes > 0 }, 15*time.Second, 5*time.Millisecond)
	require.ErrorIs(t, (&Recorder{Pool: pool, Dir: dir}).Run(t.Context(), &b.Book), ErrInUse)
	_ = n.stop()
	a.trade("A-B")
	b.trade("A-B")
	err := (&Recorder{Pool: pool, Dir: dir}).Run(t.Context(), &a.Book, &b.Book)
	require.ErrorContains(t, err, "two books")
	err = (&Recorder{Pool: pool, Dir: dir, Schema: &Options{Layout: "none"}}).Run(t.Context(), &a.Book)
	require.ErrorContains(t, err, "no such layout")
	_, err = pool.Exec(t.Context(), "UPDATE tickersync.setup SET version = 99")
	require.NoError(t, err)
	var version *VersionError
	require.ErrorAs(t, (&Recorder{Pool: pool, Dir: dir}).Run(t.Context(), &a.Book), &version)
}

// A Setup that is broken off at any moment leaves nothing, or all.
func TestSetupBrokenOff(t *testing.T) {
	r := random(t)
	pool := open(t, postgres.Database(t))
	for range 8 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(r.IntN(200))*time.Millisecond)
		_, _ = Setup(ctx, pool, nil)
		cancel()
		_, read := ReadSchema(t.Context(), pool)
		tables := one[int](t, pool, "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('tickersync')")
		if read != nil {
			require.ErrorIs(t, read, ErrNoSchema)
			require.Zero(t, tables)
		}
	}
	e := newExchange(t, "sim", ticker.Market(strings.Repeat("A", 300)+"-B"))
	record(t, &Recorder{Pool: pool, Dir: t.TempDir()}, &e.Book)
	e.trade(ticker.Market(strings.Repeat("A", 300) + "-B"))
	eventually(t, pool, "SELECT count(*) = 1 FROM tickersync.latest")
}
