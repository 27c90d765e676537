package natstest_test

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/natskv"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/internal/natstest"
	"github.com/tickersync/tickersync/ticker"
)

// Whatever has become of the connection, a reader ends at once and leaves nothing;
// what it leaves, TestMain finds.
func TestReaderEnds(t *testing.T) {
	for name, spoil := range map[string]func(*natstest.Server, *natstest.Proxy, *nats.Conn){
		"connected":    func(*natstest.Server, *natstest.Proxy, *nats.Conn) {},
		"closed":       func(_ *natstest.Server, _ *natstest.Proxy, nc *nats.Conn) { nc.Close() },
		"disconnected": func(_ *natstest.Server, p *natstest.Proxy, _ *nats.Conn) { p.Down() },
		"mute":         func(_ *natstest.Server, p *natstest.Proxy, _ *nats.Conn) { p.Mute(true) },
		"stopped":      func(s *natstest.Server, _ *natstest.Proxy, _ *nats.Conn) { s.Stop() },
	} {
		t.Run(name, func(t *testing.T) {
			natstest.Bubble(t, func(t *testing.T) {
				s := natstest.Serve(t, natstest.InMemory)
				p := natstest.Between(t, s)
				d := newDesk(t, 10)
				d.publish(memory(t, s), natskv.Options{})
				nc := natstest.Connect(t, "", nats.InProcessServer(p))
				for _, after := range []time.Duration{time.Millisecond, 2500 * time.Millisecond} {
					var book ticker.Book
					ctx, cancel := context.WithCancel(t.Context())
					done := make(chan error, 1)
					go func() {
						done <- fullsync.Run(ctx, &book, natskv.NewSource(natstest.JetStream(t, nc), "tickers-desk", nil), nil)
					}()
					if after == time.Millisecond {
						require.NoError(t, book.WaitSynced(ctx))
						spoil(s, p, nc)
					}
					time.Sleep(after)
					at := time.Now()
					cancel()
					if err := <-done; name != "closed" {
						require.ErrorIs(t, err, context.Canceled)
					} else if after > time.Second {
						require.ErrorIs(t, err, nats.ErrConnectionClosed)
					}
					assert.Less(t, time.Since(at), 100*time.Millisecond)
				}
			})
		})
	}
}

// A reader that the server gives up as too slow is right again when it reads.
func TestReaderThatIsTooSlow(t *testing.T) {
	natstest.Bubble(t, func(t *testing.T) {
		s := natstest.Serve(t, func(o *server.Options) {
			natstest.InMemory(o)
			o.MaxPending = 1 << 20
		})
		p := natstest.Between(t, s)
		d := newDesk(t, 1000)
		d.publish(memory(t, s), natskv.Options{})
		nc := natstest.Connect(t, "", nats.InProcessServer(p))
		book := far(t, natstest.JetStream(t, nc))
		require.NoError(t, book.WaitSynced(t.Context()))
		for _, stall := range []time.Duration{time.Second, time.Minute} {
			p.Stall(true)
			for at := time.Now(); time.Since(at) < stall; time.Sleep(stall / 20) {
				d.tell(d.ms, time.Since(at).String()[:1])
			}
			d.tell(d.ms, "77")
			p.Stall(false)
			comes(t, func() bool { return price(book, d.ms[0]) == "77" && price(book, d.ms[999]) == "77" }, "the newest")
			comes(t, func() bool { q, err := book.Trade(d.ms[500], time.Hour); return err == nil && q.Price.String() == "77" }, "the newest")
		}
		assert.Zero(t, book.Status().Stray)
		assert.NotZero(t, nc.Stats().Reconnects, "the server has given it up")
	})
}

// Nothing to read, or nobody who may: a reader says so, and goes on when that is
// mended.
func TestReaderWithoutABucket(t *testing.T) {
	natstest.Bubble(t, func(t *testing.T) {
		s := natstest.Serve(t, natstest.InMemory)
		js := memory(t, s)
		book := far(t, js)
		time.Sleep(time.Minute)
		assert.ErrorContains(t, book.Status().LastError, `natskv: bucket "tickers-desk": nats: bucket not found`)
		d := newDesk(t, 10)
		d.publish(js, natskv.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.NoError(t, book.WaitSynced(ctx))

		_, err := natskv.NewSource(js, "no.bucket", nil).Markets(ctx)
		assert.True(t, exchange.IsPermanent(err))
		require.ErrorContains(t, err, `natskv: bucket "no.bucket"`)
	})
}

// What a reader needs, and no more; without it, it says what it may not.
func TestReaderPermissions(t *testing.T) {
	reader := &server.User{Username: "reader", Password: "r", Permissions: &server.Permissions{
		Publish: &server.SubjectPermission{Allow: []string{
			"$JS.API.STREAM.INFO.KV_tickers-desk", "$JS.API.CONSUMER.CREATE.KV_tickers-desk.>", "$JS.API.CONSUMER.DELETE.KV_tickers-desk.>",
			"$JS.FC.KV_tickers-desk.>",
		}},
		Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>"}},
	}}
	nobody := &server.User{Username: "nobody", Password: "n", Permissions: &server.Permissions{
		Publish: &server.SubjectPermission{Allow: []string{"nothing"}}, Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>"}},
	}}
	s := natstest.Serve(t, func(o *server.Options) {
		o.Users = []*server.User{{Username: "publisher", Password: "p"}, reader, nobody}
	})
	d := newDesk(t, 2000)
	d.publish(s.JetStream(t, nats.UserInfo("publisher", "p")), natskv.Options{})
	seenBy := s.JetStream(t, nats.UserInfo("publisher", "p"))
	seen(t, seenBy, isLive)
	book := far(t, s.JetStream(t, nats.UserInfo("reader", "r")))
	require.NoError(t, book.WaitSynced(t.Context()))
	require.Eventually(t, func() bool { return book.Status().State == ticker.Live }, natstest.Patience, natstest.Pause)
	d.tell(d.ms, "2")
	require.Eventually(t, func() bool { return price(book, d.ms[0]) == "2" && price(book, d.ms[1999]) == "2" }, natstest.Patience, natstest.Pause)

	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond) // of a request that is not allowed nothing is heard
	defer cancel()
	_, err := natskv.NewSource(s.JetStream(t, nats.UserInfo("nobody", "n")), "tickers-desk", nil).Markets(ctx)
	require.ErrorIs(t, err, nats.ErrPermissionViolation)
}
