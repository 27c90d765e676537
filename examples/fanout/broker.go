package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// broker is a NATS server in this process, in a directory that goes with it.
type broker struct {
	srv *server.Server
	dir string
}

// startBroker starts one on a free port of the loopback.
func startBroker() (*broker, error) {
	dir, err := os.MkdirTemp("", "fanout")
	if err != nil {
		return nil, fmt.Errorf("the broker's directory: %w", err)
	}
	b := &broker{dir: dir}
	b.srv, err = server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, JetStream: true, StoreDir: dir,
	})
	if err != nil {
		b.stop()
		return nil, fmt.Errorf("start NATS: %w", err)
	}
	b.srv.Start()
	if !b.srv.ReadyForConnections(10 * time.Second) {
		b.stop()
		return nil, errors.New("start NATS: it takes no connections")
	}
	return b, nil
}

func (b *broker) stop() {
	if b.srv != nil {
		b.srv.Shutdown()
		b.srv.WaitForShutdown()
	}
	_ = os.RemoveAll(b.dir) // it is in the directory for temporary files
}

// connect opens the connection that a role publishes to or reads from. It comes back
// by itself for ever; only the first attempt must succeed.
func connect(o *options) (*nats.Conn, jetstream.JetStream, error) {
	opts := []nats.Option{nats.Name("fanout " + o.id), nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond)}
	if o.creds != "" {
		opts = append(opts, nats.UserCredentials(o.creds))
	}
	nc, err := nats.Connect(o.nats, opts...)
	if err != nil {
		return nil, nil, fmt.Errorf("connect to NATS: %w", err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		nc.Close()
		return nil, nil, fmt.Errorf("connect to JetStream: %w", err)
	}
	return nc, js, nil
}

// hosts is a list of addresses without the user, password or token in them.
func hosts(addresses string) string {
	parts := strings.Split(addresses, ",")
	for i, p := range parts {
		if at := strings.LastIndexByte(p, '@'); at >= 0 {
			scheme, _, has := strings.Cut(p[:at], "://")
			parts[i] = p[at+1:]
			if has {
				parts[i] = scheme + "://" + parts[i]
			}
		}
	}
	return strings.Join(parts, ",")
}

// removeBucket deletes the bucket of a run.
func removeBucket(js jetstream.JetStream, bucket string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := js.DeleteKeyValue(ctx, bucket)
	if err != nil && !errors.Is(err, jetstream.ErrBucketNotFound) {
		return fmt.Errorf("the bucket %s stays: %w", bucket, err)
	}
	return nil
}
