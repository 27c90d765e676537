package history

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/internal/pgtest"
)

const (
	envChild   = "HISTORY_CHILD" // the database's URL; the other variables hold what it records
	envSpool   = "HISTORY_SPOOL"
	envSession = "HISTORY_SESSION"
	perSession = 1_000_000 // prices of a session begin at its number times this
)

// child records trades whose prices count up, and prints how many are spooled,
// until it is killed.
func child(t *testing.T, url string) {
	pool := open(t, url)
	session, err := strconv.Atoi(os.Getenv(envSession))
	require.NoError(t, err)
	e := newExchange(t, "sim", "A-B")
	e.n = int64(session) * perSession
	r := &Recorder{Pool: pool, Dir: os.Getenv(envSpool), Limit: 8 << 20}
	go func() { fmt.Println("ended", r.Run(context.Background(), &e.Book)) }()
	for last := uint64(0); ; {
		for range 10 {
			e.trade("A-B")
		}
		time.Sleep(2 * time.Millisecond)
		if n := r.Status().Changes; n != last {
			last = n
			fmt.Println("spooled", n)
		}
	}
}

// spawn starts a child, and returns how to kill it, and what it had spooled.
func spawn(t *testing.T, url, spool string, session int) (kill func() (spooled int)) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrash$")
	cmd.Env = append(os.Environ(), envChild+"="+url, envSpool+"="+spool, envSession+"="+strconv.Itoa(session))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan())
	require.Contains(t, lines.Text(), "spooled")
	return func() (spooled int) {
		require.NoError(t, cmd.Process.Kill())
		for line := lines.Text(); ; line = lines.Text() {
			if what, n, ok := strings.Cut(line, " "); ok && what == "spooled" {
				if v, err := strconv.Atoi(n); err == nil {
					spooled = v
				}
			} else {
				assert.Empty(t, line)
			}
			if !lines.Scan() {
				break
			}
		}
		_ = cmd.Wait()
		return spooled
	}
}

// The recorder is killed again and again, and the server is stopped as by a crash:
// what was spooled is there once, in order, and the rest is said to be missing.
func TestCrash(t *testing.T) {
	if url := os.Getenv(envChild); url != "" {
		child(t, url)
	}
	kills, stops := 20, map[int]bool{6: true, 13: true}
	if testing.Short() {
		kills, stops = 5, map[int]bool{2: true}
	}
	r := random(t)
	server := pgtest.Private(t, nil)
	spool := t.TempDir()
	spooled := map[int]int{}
	for session := 1; session <= kills; session++ {
		kill := spawn(t, server.URL("postgres"), spool, session)
		time.Sleep(time.Duration(r.IntN(300)) * time.Millisecond)
		if stops[session] {
			require.NoError(t, server.Stop(pgtest.Immediate))
			time.Sleep(time.Duration(r.IntN(300)) * time.Millisecond)
			spooled[session] = kill() // while it is away
			require.NoError(t, server.Start())
			continue
		}
		spooled[session] = kill()
	}
	pool := open(t, server.URL("postgres"))
	n := record(t, &Recorder{Pool: pool, Dir: spool}, &newExchange(t, "sim").Book)
	eventually(t, pool, "SELECT count(*) = $1 FROM tickersync.gap WHERE reason = 'stopped'", kills)
	_ = n.stop()
	checkSessions(t, pool, spooled)
}

// checkSessions holds the rows to what was told.
func checkSessions(t *testing.T, pool *pgxpool.Pool, spooled map[int]int) {
	t.Helper()
	total := 0
	for session, n := range spooled {
		var rows, distinct, first, last int
		require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*), count(DISTINCT price), coalesce(min(price * 100), 0)::int, coalesce(max(price * 100), 0)::int
			FROM tickersync.trade WHERE price * 100 > $1 AND price * 100 < $2`, session*perSession, (session+1)*perSession).Scan(&rows, &distinct, &first, &last))
		assert.GreaterOrEqual(t, rows, n, "session %d: lost", session)
		assert.Equal(t, rows, distinct, "session %d: doubled", session)
		assert.Equal(t, last-first+1, rows, "session %d: holes", session)
		total += n
	}
	t.Logf("%d sessions spooled %d changes", len(spooled), total)
	assert.Greater(t, total, 100*len(spooled))
	assert.Zero(t, one[int](t, pool, `SELECT count(*) FROM (SELECT ts, price, lag(ts) OVER w AS ts0, lag(price) OVER w AS price0
		FROM tickersync.trade WINDOW w AS (ORDER BY seq)) x WHERE ts <= ts0 OR price <= price0`), "out of order")
	assert.Zero(t, one[int](t, pool, `SELECT count(*) FROM (SELECT ts, price, lag(ts) OVER w AS ts0, lag(price) OVER w AS price0
		FROM tickersync.trade WINDOW w AS (ORDER BY seq)) x WHERE floor(price / 10000) > floor(price0 / 10000)
		AND NOT EXISTS (SELECT FROM tickersync.gap g WHERE g.reason = 'stopped' AND g.since >= ts0 AND g.until <= ts)`), "a gap that is not said")
	assert.True(t, one[bool](t, pool, "SELECT (SELECT price FROM tickersync.trade_latest) = (SELECT max(price) FROM tickersync.trade)"))
	assert.Zero(t, one[int](t, pool, "SELECT count(*) FROM tickersync.trade t WHERE NOT EXISTS (SELECT FROM tickersync.link l WHERE l.link_id = t.link_id)"))
}
