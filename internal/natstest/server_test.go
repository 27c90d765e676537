package natstest_test

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
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
	require.Eventually(t, func() bool { // what the client asks before it knows that it was cut off, nobody answers
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		e, err := kv.Get(ctx, "k")
		return err == nil && string(e.Value()) == "v"
	}, natstest.Patience, natstest.Pause)
}

// A cluster goes on when the server that leads a bucket is stopped, and takes it back.
func TestCluster(t *testing.T) {
	c := natstest.ServeCluster(t, 3)
	nc := natstest.Connect(t, c.URL())
	js := natstest.JetStream(t, nc)
	kv, err := js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "b", Replicas: 3})
	require.NoError(t, err)
	_, err = kv.Put(t.Context(), "k", []byte("v"))
	require.NoError(t, err)
	leader := c.Leader("b")
	require.NotNil(t, leader)
	leader.Stop()
	require.Eventually(t, func() bool {
		e, err := kv.Get(t.Context(), "k")
		return err == nil && string(e.Value()) == "v" && c.Leader("b") != nil
	}, natstest.Patience, natstest.Pause)
	require.NoError(t, leader.Restart())
	_, err = kv.Put(t.Context(), "k", []byte("w"))
	require.NoError(t, err)
}

func TestProxy(t *testing.T) {
	s := natstest.Serve(t, nil)
	p := natstest.NewProxy(t, s.Addr())
	nc := natstest.Connect(t, p.URL())
	rtt := func() time.Duration {
		d, err := nc.RTT()
		require.NoError(t, err)
		return d
	}
	p.Delay(20 * time.Millisecond)
	assert.GreaterOrEqual(t, rtt(), 40*time.Millisecond)
	p.Delay(0)
	p.Mute(true)
	soon, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, nc.FlushWithContext(soon), context.DeadlineExceeded)
	p.Mute(false)
	rtt()
	reconnected := nc.StatusChanged(nats.CONNECTED)
	p.Down()
	require.Eventually(t, nc.IsReconnecting, natstest.Patience, natstest.Pause)
	require.NoError(t, p.Up())
	<-reconnected
	rtt()
}
