package history

import (
	"context"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cutConn ends after so many reads, as when a server crashes.
type cutConn struct {
	net.Conn
	reads int
}

func (c *cutConn) Read(p []byte) (int, error) {
	if c.reads--; c.reads < 0 {
		_ = c.Close()
		return 0, io.EOF
	}
	return c.Conn.Read(p)
}

// Wherever the connection ends while the schema is made, the database was away: a
// recorder tries again, and does not take it for a Setup that can never succeed.
func TestCutAnywhereInSetup(t *testing.T) {
	url := postgres.Database(t)
	for reads := 1; ; reads++ {
		config, err := pgxpool.ParseConfig(url)
		require.NoError(t, err)
		dial := config.ConnConfig.DialFunc
		config.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dial(ctx, network, addr)
			return &cutConn{c, reads}, err
		}
		pool, err := pgxpool.NewWithConfig(t.Context(), config)
		require.NoError(t, err)
		_, err = Setup(t.Context(), pool, nil)
		pool.Close()
		if err == nil {
			assert.Greater(t, reads, 10)
			return
		}
		require.True(t, lost(err), "after %d reads: %v", reads, err)
		require.Less(t, reads, 1000)
	}
}
