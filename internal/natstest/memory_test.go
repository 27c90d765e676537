package natstest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/internal/natstest"
)

// A server, its store and its clients live on a bubble's clock, several bubbles one
// after the other: what is written is there after a restart, what is muted comes late.
func TestBubble(t *testing.T) {
	for i := range 3 {
		natstest.Bubble(t, func(t *testing.T) {
			s := natstest.Serve(t, natstest.InMemory)
			p := natstest.Between(t, s)
			ours := natstest.JetStream(t, natstest.Connect(t, "", nats.InProcessServer(s)))
			nc := natstest.Connect(t, "", nats.InProcessServer(p))
			kv, err := ours.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "b"})
			require.NoError(t, err)
			_, err = kv.Put(t.Context(), "k", []byte(fmt.Sprint(i)))
			require.NoError(t, err)
			require.NoError(t, s.Restart())
			time.Sleep(time.Second)
			assert.True(t, nc.IsConnected())

			theirs, err := natstest.JetStream(t, nc).KeyValue(t.Context(), "b")
			require.NoError(t, err)
			w, err := theirs.WatchAll(t.Context())
			require.NoError(t, err)
			e := <-w.Updates()
			assert.Equal(t, fmt.Sprint(i), string(e.Value()))
			assert.Nil(t, <-w.Updates())
			p.Mute(true)
			_, err = kv.Put(t.Context(), "k", []byte("late"))
			require.NoError(t, err)
			at := time.Now()
			time.AfterFunc(time.Minute, func() { p.Mute(false) })
			e = <-w.Updates()
			assert.Equal(t, "late", string(e.Value()))
			assert.Equal(t, time.Minute, time.Since(at))
			require.NoError(t, w.Stop())
		})
	}
}
