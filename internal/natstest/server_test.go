package natstest_test

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/internal/natstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What was stored before a restart is there after it, for a client that reconnects.
func TestRestart(t *testing.T) {
	s := natstest.Serve(t, nil)
	nc := s.Conn(t)
	js := natstest.JetStream(t, nc)
	kv, err := js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "b"})
	require.NoError(t, err)
	_, err = kv.Put(t.Context(), "k", []byte("v"))
	require.NoError(t, err)
	url := s.URL()
	require.NoError(t, s.Restart())
	assert.Equal(t, url, s.URL())
	require.Eventually(t, nc.IsConnected, natstest.Patience, natstest.Pause)
	e, err := kv.Get(t.Context(), "k")
	require.NoError(t, err)
	assert.Equal(t, "v", string(e.Value()))
}
