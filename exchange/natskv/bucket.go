package natskv

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrBucket: the bucket is configured so that no Book can be kept in it, or another
// exchange's is.
var ErrBucket = errors.New("natskv: bucket not usable")

// bucket is an open key-value bucket, as who writes it sees it. Unlike
// jetstream.KeyValue it knows the revision of a key that was deleted.
type bucket struct {
	name    string
	nc      *nats.Conn
	js      jetstream.JetStream
	stream  jetstream.Stream
	kv      jetstream.KeyValue
	subject string // what keys are read by: "$KV.<bucket>."
	puts    string // what they are written by, which a JetStream domain begins
	created int64  // which bucket of that name it is: see beat
}

// epochs is what the epochs of its publishers count from: those of another bucket of
// that name are others, so that no reader takes a record for one of its own tenure.
func (b *bucket) epochs() uint64 { return uint64(b.created / int64(time.Millisecond)) }

// minLimit is the least that a bucket and its server have to take, in bytes: more
// than any record, whose texts are clipped, and than the heartbeat of a Book with a
// hundred links. Less might do for weeks, until enough of them are lost at once.
const minLimit = 64 << 10

// openBucket opens the bucket, and makes it where there is none.
func openBucket(ctx context.Context, js jetstream.JetStream, name string, o *Options) (*bucket, error) {
	kv, err := js.KeyValue(ctx, name)
	if errors.Is(err, nats.ErrNoResponders) {
		err = fmt.Errorf("%w: %w", jetstream.ErrJetStreamNotEnabled, err)
	}
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
		name: name, nc: js.Conn(), js: js, kv: kv, stream: stream, subject: "$KV." + name + ".", created: info.Created.UnixNano(),
	}
	b.puts = prefix(js.Options()) + b.subject
	return b, usable(&info.Config, js.Conn().MaxPayload())
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
func usable(c *jetstream.StreamConfig, limit int64) error {
	if most := int64(c.MaxMsgSize); most > 0 {
		limit = min(limit, most)
	}
	switch {
	case c.Mirror != nil || len(c.Sources) > 0:
		return fmt.Errorf("%w: it is a copy of another", ErrBucket)
	case c.MaxAge > 0:
		return fmt.Errorf("%w: its values expire after %v, and a quiet market is no dead one", ErrBucket, c.MaxAge)
	case c.Discard == jetstream.DiscardOld && (c.MaxBytes > 0 || c.MaxMsgs > 0):
		return fmt.Errorf("%w: at its limit of %d values or %d bytes it discards the oldest, which are quiet markets", ErrBucket, c.MaxMsgs, c.MaxBytes)
	case limit < minLimit:
		return fmt.Errorf("%w: its values are limited to %d bytes, less than %d", ErrBucket, limit, minLimit)
	}
	return nil
}

// keeps says, by the bucket's status, what is wrong with keeping that exchange's Book
// in it: readers of another's would take its prices for that one's.
func (b *bucket) keeps(status []byte, exchange string) error {
	if last, err := parseBeat(status); err == nil && last.Exchange != exchange {
		return fmt.Errorf("%w: the Book of %q is kept in it, not that of %q", ErrBucket, clip(last.Exchange), exchange)
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
		Header: nats.Header{jetstream.ExpectedLastSubjSeqHeader: {strconv.FormatUint(rev, 10)}},
	}
}

// stood is what a key held when the bucket was read.
type stood struct {
	value []byte // nil: it was deleted
	rev   uint64
}

// all reads every key of the bucket, those deleted included.
func (b *bucket) all(ctx context.Context) (map[string]stood, error) {
	keys := make(map[string]stood)
	err := b.read(ctx, func(e jetstream.KeyValueEntry) {
		if e.Operation() == jetstream.KeyValuePut {
			keys[e.Key()] = stood{value: e.Value(), rev: e.Revision()}
		} else {
			keys[e.Key()] = stood{rev: e.Revision()}
		}
	})
	return keys, err
}

// read tells of every key of the bucket once, and perhaps again of those that are
// written meanwhile.
func (b *bucket) read(ctx context.Context, tell func(jetstream.KeyValueEntry), opts ...jetstream.WatchOpt) error {
	own, cancel := context.WithCancel(ctx)
	w, err := b.kv.WatchAll(own, opts...)
	if err != nil {
		cancel()
		return fmt.Errorf("reading the bucket: %w", err)
	}
	defer func() {
		cancel()
		for range w.Updates() { // what waits for a reader would keep the watch
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("reading the bucket: %w", context.Cause(ctx))
		case e, ok := <-w.Updates():
			switch {
			case !ok:
				return errors.New("reading the bucket: the watch has ended")
			case e == nil:
				return nil
			}
			tell(e)
		}
	}
}

// refused reports whether a put failed because the key has another revision.
func refused(err error) bool {
	return code(err) == jetstream.JSErrCodeStreamWrongLastSequence || code(err) == jetstream.JSErrCodeStreamWrongLastSequenceConstant
}

// tooLarge reports whether a put failed because the server does not take its length.
func tooLarge(err error) bool {
	return errors.Is(err, nats.ErrMaxPayload) || code(err) == jetstream.JSErrCodeStreamMessageExceedsMaximum
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

// denied returns the broker's word that our user may not do what has just got no
// answer; nil: it has said none. It says so to the connection as a whole, of which we
// are one user among others, so the names in it tell whether it is about us.
func denied(js jetstream.JetStream, bucket string) error {
	err := js.Conn().LastError()
	if errors.Is(err, nats.ErrPermissionViolation) && (strings.Contains(err.Error(), bucket) || strings.Contains(err.Error(), "$JS.")) {
		return err
	}
	return nil
}
