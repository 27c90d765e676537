package natstest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange/natskv"
	"github.com/tickersync/tickersync/internal/natstest"
	"github.com/tickersync/tickersync/ticker"
)

// fails publishes, and returns the error that Publish ends with.
func (d *desk) fails(js jetstream.JetStream, o natskv.Options) error {
	d.Helper()
	_, ended := d.publish(js, o)
	err := ended()
	require.ErrorContains(d, err, "natskv: tickers-desk: ")
	return err
}

func TestPublishErrors(t *testing.T) {
	s := natstest.Serve(t, nil)
	js := s.JetStream(t)
	bucket := func(c jetstream.KeyValueConfig) {
		t.Helper()
		_ = js.DeleteKeyValue(t.Context(), "tickers-desk")
		c.Bucket, c.Storage = "tickers-desk", jetstream.MemoryStorage // files of a deleted one may still be there
		_, err := js.CreateKeyValue(t.Context(), c)
		require.NoError(t, err)
	}
	d := newDesk(t, 3)
	bucket(jetstream.KeyValueConfig{TTL: time.Hour})
	assert.ErrorIs(t, d.fails(js, natskv.Options{}), natskv.ErrBucket)
	bucket(jetstream.KeyValueConfig{MaxValueSize: 100})
	assert.ErrorIs(t, d.fails(js, natskv.Options{}), natskv.ErrBucket)
	bucket(jetstream.KeyValueConfig{})
	stream, err := js.Stream(t.Context(), "KV_tickers-desk")
	require.NoError(t, err)
	c := stream.CachedInfo().Config
	c.Discard, c.MaxMsgs = jetstream.DiscardOld, 1000
	_, err = js.UpdateStream(t.Context(), c)
	require.NoError(t, err)
	assert.ErrorIs(t, d.fails(js, natskv.Options{}), natskv.ErrBucket, "quiet markets would be discarded")
	bucket(jetstream.KeyValueConfig{})
	_, err = js.Publish(t.Context(), "$KV.tickers-desk.lease", []byte(`{"version":99,"id":"of a later time"}`))
	require.NoError(t, err)
	assert.ErrorIs(t, d.fails(js, natskv.Options{}), natskv.ErrVersion)
	err = natskv.Publish(t.Context(), &d.book, js, &natskv.Options{Bucket: "no.bucket"})
	assert.ErrorIs(t, err, jetstream.ErrInvalidBucketName)

	_, err = js.Publish(t.Context(), "$KV.tickers-desk.lease", nil)
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "$KV.tickers-desk.status", []byte(`{"version":1,"exchange":"other"}`))
	require.NoError(t, err)
	err = d.fails(js, natskv.Options{})
	assert.ErrorIs(t, err, natskv.ErrBucket)
	assert.ErrorContains(t, err, `the Book of "other" is kept in it, not that of "desk"`)

	require.NoError(t, js.DeleteKeyValue(t.Context(), "tickers-desk"))
	assert.ErrorContains(t, d.fails(js, natskv.Options{Replicas: 3}), "not supported in non-clustered mode")

	bucket(jetstream.KeyValueConfig{})
	_, ended := d.publish(js, natskv.Options{})
	seen(t, js, isLive)
	broken := errors.New("broken")
	d.keep.End(broken)
	assert.ErrorIs(t, ended(), broken)
	assert.Equal(t, "ended", seen(t, js, func(status) bool { return true }).Phase)
	assert.ErrorIs(t, natskv.Publish(t.Context(), &d.book, js, nil), broken)
}

// What the bucket or its server does not take is named, from the start or later.
func TestPublishMessageTooLarge(t *testing.T) {
	s := natstest.Serve(t, nil)
	js := s.JetStream(t)
	d := newDesk(t, 3)
	_, ended := d.publish(js, natskv.Options{})
	seen(t, js, isLive)
	stream, err := js.Stream(t.Context(), "KV_tickers-desk")
	require.NoError(t, err)
	c := stream.CachedInfo().Config
	c.MaxMsgSize = 200 // enough for this Book's records, not for its heartbeat
	_, err = js.UpdateStream(t.Context(), c)
	require.NoError(t, err)
	err = ended()
	assert.ErrorIs(t, err, natskv.ErrBucket)
	assert.ErrorContains(t, err, "a value of ")
	assert.ErrorIs(t, d.fails(js, natskv.Options{}), natskv.ErrBucket)

	small := natstest.Serve(t, func(o *server.Options) { o.MaxPayload = 900 })
	assert.ErrorIs(t, d.fails(small.JetStream(t), natskv.Options{}), natskv.ErrBucket)
}

func TestPublishWithoutJetStream(t *testing.T) {
	s := natstest.Serve(t, func(o *server.Options) { o.JetStream = false })
	d := newDesk(t, 3)
	assert.ErrorIs(t, d.fails(s.JetStream(t), natskv.Options{Lease: soon}), jetstream.ErrJetStreamNotEnabled)
}

func TestPublishConnectionClosed(t *testing.T) {
	s := natstest.Serve(t, nil)
	nc := s.Conn(t)
	js := natstest.JetStream(t, nc)
	d := newDesk(t, 3)
	_, ended := d.publish(js, natskv.Options{Lease: soon})
	seen(t, s.JetStream(t), isLive)
	nc.Close()
	assert.ErrorIs(t, ended(), nats.ErrConnectionClosed)
}

// A publisher's user and a reader's need what the package's comment says, and no more.
func TestPublishLeastPrivilege(t *testing.T) {
	publisher, reader := subjects("tickers-desk")
	s := natstest.Serve(t, func(o *server.Options) {
		all := &server.Permissions{}
		o.Users = []*server.User{
			{Username: "admin", Password: "x", Permissions: all},
			{Username: "publisher", Password: "x", Permissions: publisher},
			{Username: "reader", Password: "x", Permissions: reader},
		}
	})
	as := func(user string) jetstream.JetStream { return s.JetStream(t, nats.UserInfo(user, "x")) }
	d := newDesk(t, 20)
	err := d.fails(as("reader"), natskv.Options{Lease: soon})
	assert.ErrorIs(t, err, nats.ErrPermissionViolation, "no bucket, and it must not make one")

	end, _ := d.publish(as("publisher"), natskv.Options{Lease: soon})
	seen(t, as("admin"), isLive)
	book := far(t, as("reader"))
	require.NoError(t, book.WaitSynced(t.Context()))
	d.tell(d.ms[:1], "2")
	assert.Eventually(t, func() bool { return price(book, "M0-USD") == "2" }, natstest.Patience, natstest.Pause)
	assert.Eventually(t, func() bool { return book.Status().State == ticker.Live }, natstest.Patience, natstest.Pause)

	require.ErrorIs(t, end(), context.Canceled)
	err = newDesk(t, 20).fails(as("reader"), natskv.Options{Lease: soon})
	assert.ErrorIs(t, err, nats.ErrPermissionViolation, "it may not take the lease")
	assert.ErrorContains(t, err, "$KV.tickers-desk.lease")
}

// subjects are what a publisher and a reader of a bucket may do.
func subjects(bucket string) (publisher, reader *server.Permissions) {
	may := func(publish ...string) *server.Permissions {
		for i, s := range publish {
			publish[i] = strings.ReplaceAll(s, "B", bucket)
		}
		return &server.Permissions{
			Publish:   &server.SubjectPermission{Allow: publish},
			Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>"}},
		}
	}
	read := []string{"$JS.API.STREAM.INFO.KV_B", "$JS.API.CONSUMER.CREATE.KV_B.>", "$JS.API.CONSUMER.DELETE.KV_B.>", "$JS.API.DIRECT.GET.KV_B.>", "$JS.FC.KV_B.>"}
	write := append([]string{"$JS.API.INFO", "$JS.API.STREAM.CREATE.KV_B", "$JS.API.STREAM.PURGE.KV_B", "$KV.B.>"}, read...)
	return may(write...), may(append([]string{}, read...)...)
}
