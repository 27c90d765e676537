package pgtest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/internal/pgtest"
)

const envChild = "PGTEST_CHILD"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestDatabasesOfTheirOwn(t *testing.T) {
	var shared pgtest.Shared
	defer func() { assert.NoError(t, shared.Close()) }()
	t.Run("one", func(t *testing.T) { query(t, shared.Database(t), "CREATE TABLE t (i int)") })
	t.Run("other", func(t *testing.T) { query(t, shared.Database(t), "CREATE TABLE t (i int)") })
}

func TestCrashAndStart(t *testing.T) {
	s := pgtest.Private(t, map[string]string{"work_mem": "'7MB'"})
	url := s.URL("postgres")
	query(t, url, "CREATE TABLE t AS SELECT 1 AS i")
	require.NoError(t, s.Stop(pgtest.Immediate))
	_, err := pgx.Connect(t.Context(), url)
	require.Error(t, err)
	require.NoError(t, s.Start())
	assert.Equal(t, "1", query(t, url, "SELECT i::text FROM t"))
	assert.Equal(t, "7MB", query(t, url, "SHOW work_mem"))
	require.NoError(t, s.Stop(pgtest.Fast))
	require.NoError(t, s.Start())
}

// A process that is killed leaves neither its server nor its directory.
func TestKilled(t *testing.T) {
	if os.Getenv(envChild) != "" {
		s := pgtest.Private(t, nil)
		os.Stdout.WriteString(s.URL("postgres") + "\n")
		time.Sleep(time.Minute)
		return
	}
	pgtest.Private(t, nil) // says why it skips
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	cmd.Env = append(os.Environ(), envChild+"=1")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	buf := make([]byte, 1000)
	n, err := out.Read(buf)
	require.NoError(t, err)
	url := strings.TrimSpace(string(buf[:n]))
	config, err := pgx.ParseConfig(url)
	require.NoError(t, err, url)
	require.DirExists(t, config.Host)
	assert.Equal(t, "1", query(t, url, "SELECT '1'"))
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	assert.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Clean(config.Host))
		return os.IsNotExist(err)
	}, 20*time.Second, 20*time.Millisecond)
}

func query(t *testing.T, url, sql string) (s string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { assert.NoError(t, conn.Close(t.Context())) }()
	rows, err := conn.Query(t.Context(), sql)
	require.NoError(t, err)
	for rows.Next() {
		require.NoError(t, rows.Scan(&s))
	}
	require.NoError(t, rows.Err())
	return s
}
