package wsconn_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestContextsOfReads: one that ends when nobody reads under it closes nothing.
func TestContextsOfReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, 0)
		read := func(ctx context.Context) error {
			_, err := client.Read(ctx, nil)
			return err
		}
		say := func() { require.NoError(t, server.Write(t.Context(), []byte("hello"))) }
		stop := errors.New("told to stop")
		first, end := context.WithCancelCause(t.Context())
		say()
		require.NoError(t, read(first))
		say()
		require.NoError(t, read(first))
		end(stop)
		synctest.Wait()
		say()
		require.NoError(t, read(t.Context()))
		second, end := context.WithCancelCause(t.Context())
		say()
		require.NoError(t, read(context.WithValue(second, t, t)))
		time.AfterFunc(time.Second, func() { end(stop) })
		start := time.Now()
		require.ErrorIs(t, read(second), stop)
		assert.Equal(t, time.Second, time.Since(start))
		require.ErrorIs(t, read(t.Context()), net.ErrClosed)
	})
}

// TestReadUnderAnEndedContext ends the connection.
func TestReadUnderAnEndedContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, 0)
		require.NoError(t, server.Write(t.Context(), []byte("hello")))
		stop := errors.New("told to stop")
		ctx, end := context.WithCancelCause(t.Context())
		end(stop)
		_, err := client.Read(ctx, nil)
		require.ErrorIs(t, err, stop)
		require.Error(t, server.Ping(t.Context()))
	})
}
