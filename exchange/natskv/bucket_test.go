package natskv

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
)

func TestUsable(t *testing.T) {
	for _, c := range []struct {
		name string
		ok   bool
		jetstream.StreamConfig
	}{
		{"as Publish makes it", true, jetstream.StreamConfig{Discard: jetstream.DiscardNew, MaxBytes: -1, MaxMsgs: -1, MaxMsgSize: -1}},
		{"unlimited", true, jetstream.StreamConfig{Discard: jetstream.DiscardOld, MaxBytes: -1, MaxMsgs: -1}},
		{"full buckets refuse", true, jetstream.StreamConfig{Discard: jetstream.DiscardNew, MaxBytes: 1 << 30, MaxMsgs: 1e6}},
		{"so many bytes", false, jetstream.StreamConfig{Discard: jetstream.DiscardOld, MaxBytes: 1 << 30, MaxMsgs: -1}},
		{"so many values", false, jetstream.StreamConfig{Discard: jetstream.DiscardOld, MaxBytes: -1, MaxMsgs: 1e6}},
		{"short values", false, jetstream.StreamConfig{MaxMsgSize: minLimit - 1}},
		{"for an hour", false, jetstream.StreamConfig{MaxAge: time.Hour}},
		{"a mirror", false, jetstream.StreamConfig{Mirror: &jetstream.StreamSource{}}},
		{"a copy", false, jetstream.StreamConfig{Sources: []*jetstream.StreamSource{{}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := usable(&c.StreamConfig, 1<<20); c.ok {
				assert.NoError(t, err)
			} else {
				assert.ErrorIs(t, err, ErrBucket)
			}
		})
	}
	assert.ErrorIs(t, usable(&jetstream.StreamConfig{}, minLimit-1), ErrBucket, "the server takes less")
}
