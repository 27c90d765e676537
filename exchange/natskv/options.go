package natskv

import (
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Options change how Publish and a Source work. The zero value is good for one
// server; nothing changes it. A Source uses Lease only.
type Options struct {
	// Bucket is the bucket's name. If empty, "tickers-" and the Book's name.
	Bucket string
	// ID names the publisher to people who look into the bucket. If empty, the
	// machine's name and some random characters.
	ID string
	// Lease is how long a publisher that has gone silent keeps the bucket from
	// others, and how long a Source waits for a heartbeat. All that use a bucket
	// have the same. If zero, 2 seconds.
	Lease time.Duration
	// HeartbeatEvery is how often the publisher says how it stands. If zero, an
	// eighth of Lease; if more than a quarter of it, that.
	HeartbeatEvery time.Duration
	// Replicas and Storage are of a bucket that Publish makes; those of one that is
	// there stay as they are. If zero, one replica, in files.
	Replicas int
	Storage  jetstream.StorageType
	// Pending is how many writes may be on their way to the server at once, of
	// different markets. If zero, 256.
	Pending int
	// Logger is told of take-overs, of markets that cannot be written, and of what
	// is tried again. If nil, nobody is.
	Logger *slog.Logger
}

func (o *Options) withDefaults() Options {
	var d Options
	if o != nil {
		d = *o
	}
	if d.Lease <= 0 {
		d.Lease = 2 * time.Second
	}
	if d.HeartbeatEvery <= 0 {
		d.HeartbeatEvery = d.Lease / 8
	}
	d.HeartbeatEvery = min(d.HeartbeatEvery, d.Lease/4) // or readers would take it for silent
	if d.Pending <= 0 {
		d.Pending = 256
	}
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	return d
}
