package natskv

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrBucket: the bucket is configured so that no Book can be kept in it.
var ErrBucket = errors.New("natskv: bucket not usable")

// bucket is an open key-value bucket, as who writes it sees it. Unlike
// jetstream.KeyValue it knows the revision of a key that was deleted.
type bucket struct {
	nc      *nats.Conn
	js      jetstream.JetStream
	stream  jetstream.Stream
	kv      jetstream.KeyValue
	subject string // what keys are read by: "$KV.<bucket>."
	puts    string // what they are written by, which a JetStream domain begins
	created int64  // which bucket of that name it is: see beat
	limit   int    // the longest message, with its headers
}

// overhead is more than what the headers of a put take.
const overhead = 96

// minLimit is the least limit that a bucket is of any use with: a refusal fits.
const minLimit = 2 * overhead

// openBucket opens the bucket, and makes it where there is none.
func openBucket(ctx context.Context, js jetstream.JetStream, name string, o *Options) (*bucket, error) {
	kv, err := js.KeyValue(ctx, name)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: name, Description: "tickers of an exchange, by tickersync", History: 1, Replicas: o.Replicas, Storage: o.Storage,
		})
		if errors.Is(err, jetstream.ErrBucketExists) {
			kv, err = js.KeyValue(ctx, name) // another publisher made it
		}
	}
	if err != nil {
		return nil, fmt.Errorf("opening the bucket: %w", err)
	}
	stream, err := js.Stream(ctx, "KV_"+name)
	if err != nil {
		return nil, fmt.Errorf("opening the bucket: %w", err)
	}
	info := stream.CachedInfo()
	b := &bucket{
		nc: js.Conn(), js: js, kv: kv, stream: stream, subject: "$KV." + name + ".", created: info.Created.UnixNano(),
		limit: int(js.Conn().MaxPayload()),
	}
	b.puts = prefix(js.Options()) + b.subject
	if most := int(info.Config.MaxMsgSize); most > 0 {
		b.limit = min(b.limit, most)
	}
	return b, usable(&info.Config, b.limit)
}

// prefix is what JetStream's own subjects begin with where they are another
// domain's or account's.
func prefix(o jetstream.JetStreamOptions) string {
	switch {
	case o.Domain != "":
		return "$JS." + o.Domain + ".API."
	case o.APIPrefix != "":
		return strings.TrimSuffix(o.APIPrefix, ".") + "."
	}
	return ""
}

// usable says what is wrong with a bucket's configuration. A longer history than 1
// costs space and nothing else.
func usable(c *jetstream.StreamConfig, limit int) error {
	switch {
	case c.Mirror != nil || len(c.Sources) > 0:
		return fmt.Errorf("%w: it is a copy of another", ErrBucket)
	case c.MaxAge > 0:
		return fmt.Errorf("%w: its values expire after %v, and a quiet market is no dead one", ErrBucket, c.MaxAge)
	case limit < minLimit:
		return fmt.Errorf("%w: its values are limited to %d bytes, less than %d", ErrBucket, limit, minLimit)
	}
	return nil
}

// get returns what stands under a key, and its revision: no value for a key that
// was deleted, neither for one that never was.
func (b *bucket) get(ctx context.Context, key string) (value []byte, rev uint64, err error) {
	m, err := b.stream.GetLastMsgForSubject(ctx, b.subject+key)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return nil, 0, nil
	case err != nil:
		return nil, 0, fmt.Errorf("reading %s: %w", key, err)
	}
	return m.Data, m.Sequence, nil
}

// put writes a key if its revision is still rev, and waits for the answer.
func (b *bucket) put(ctx context.Context, key string, value []byte, rev uint64) (uint64, error) {
	ack, err := b.js.PublishMsg(ctx, b.message(key, value, rev), jetstream.WithRetryAttempts(0))
	if err != nil {
		return 0, fmt.Errorf("writing %s: %w", key, err)
	}
	return ack.Sequence, nil
}

func (b *bucket) message(key string, value []byte, rev uint64) *nats.Msg {
	return &nats.Msg{
		Subject: b.puts + key, Data: value,
		Header: nats.Header{jetstream.ExpectedLastSubjSeqHeader: {fmt.Sprint(rev)}},
	}
}

// stood is what a key held when the bucket was read.
type stood struct {
	value []byte // nil: it was deleted
	rev   uint64
}

// all reads every key of the bucket, those deleted included.
func (b *bucket) all(ctx context.Context) (map[string]stood, error) {
	w, err := b.kv.WatchAll(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the bucket: %w", err)
	}
	defer w.Stop()
	keys := make(map[string]stood)
	for {
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("reading the bucket: %w", context.Cause(ctx))
		case e, ok := <-w.Updates():
			switch {
			case !ok:
				return nil, errors.New("reading the bucket: the watch has ended")
			case e == nil:
				return keys, nil
			case e.Operation() == jetstream.KeyValuePut:
				keys[e.Key()] = stood{value: e.Value(), rev: e.Revision()}
			default:
				keys[e.Key()] = stood{rev: e.Revision()}
			}
		}
	}
}

// refused reports whether a put failed because the key has another revision.
func refused(err error) bool {
	return code(err) == jetstream.JSErrCodeStreamWrongLastSequence || code(err) == jetstream.JSErrCodeStreamWrongLastSequenceConstant
}

// code is the number by which the server names an error of JetStream; 0: it is none.
func code(err error) jetstream.ErrorCode {
	if e, ok := errors.AsType[jetstream.JetStreamError](err); ok && e.APIError() != nil {
		return e.APIError().ErrorCode
	}
	return 0
}

// isThere reports, of a bucket that fails, whether it is still the one that was
// opened. An error that says nothing about it is no answer.
func (b *bucket) isThere(ctx context.Context) bool {
	info, err := b.stream.Info(ctx)
	if err != nil {
		return !errors.Is(err, jetstream.ErrStreamNotFound)
	}
	return info.Created.UnixNano() == b.created
}

// denied returns the broker's word that our user may not do what has just failed;
// nil: it has said none. It says so to the connection as a whole, of which we are
// one user among others, so the bucket's name in it tells that it is about us.
func (b *bucket) denied() error { return denied(b.nc, b.subject) }

func denied(nc *nats.Conn, subject string) error {
	name := strings.TrimSuffix(strings.TrimPrefix(subject, "$KV."), ".")
	err := nc.LastError()
	if errors.Is(err, nats.ErrPermissionViolation) && strings.Contains(err.Error(), name) {
		return err
	}
	return nil
}
