package natstest_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/internal/natstest"
	"github.com/tickersync/tickersync/ticker"
)

// What becomes of the bucket or the server costs no more than itself: the far Book says
// how old its prices are meanwhile, and is whole and live again by itself.
func TestBucketFaults(t *testing.T) {
	put := func(key, value string) func(*scene, *natstest.Server, jetstream.JetStream) {
		return func(s *scene, _ *natstest.Server, js jetstream.JetStream) {
			kv, err := js.KeyValue(s.ctx, bucket)
			require.NoError(s, err)
			_, err = kv.Put(s.ctx, key, []byte(value))
			require.NoError(s, err)
		}
	}
	for _, c := range []struct {
		fault string
		do    func(*scene, *natstest.Server, jetstream.JetStream)
		most  time.Duration // until it is whole again
		down  bool          // the far Book may be Down meanwhile
	}{
		{"bucket deleted", func(s *scene, _ *natstest.Server, js jetstream.JetStream) {
			require.NoError(s, js.DeleteKeyValue(s.ctx, bucket))
		}, 10 * time.Second, true},
		{"bucket emptied", func(s *scene, _ *natstest.Server, js jetstream.JetStream) {
			stream, err := js.Stream(s.ctx, "KV_"+bucket)
			require.NoError(s, err)
			require.NoError(s, stream.Purge(s.ctx))
		}, 10 * time.Second, true},
		{"a market purged", func(s *scene, _ *natstest.Server, js jetstream.JetStream) {
			kv, err := js.KeyValue(s.ctx, bucket)
			require.NoError(s, err)
			require.NoError(s, kv.Purge(s.ctx, "m.BTC-EUR"))
		}, 10 * time.Second, false},
		{"server restarted", func(s *scene, server *natstest.Server, _ jetstream.JetStream) {
			require.NoError(s, server.Restart())
		}, 5 * time.Second, true},
		{"server away", func(s *scene, server *natstest.Server, _ jetstream.JetStream) {
			server.Stop()
			time.Sleep(time.Minute)
			require.NoError(s, server.Restart())
		}, 35 * time.Second, true}, // the engine tries again every 30 s at least
		{"foreign key", put("note.of.somebody", "hello"), 3 * time.Second, false},
		{"key of no market", put("m.=zz", "hello"), 3 * time.Second, false},
		{"market of nobody's", put("m.NO-SUCH", "hello"), 3 * time.Second, false},
		{"junk at a market", put("m.BTC-EUR", "hello"), 10 * time.Second, false},
		{"another version at a market", put("m.BTC-EUR", "t\x63\x00\x01"), 10 * time.Second, false},
		{"junk for a heartbeat", put("status", "hello"), 3 * time.Second, false},
		{"heartbeat of another version", put("status", `{"version":99}`), 3 * time.Second, false},
		{"junk for a lease", put("lease", "hello"), 10 * time.Second, true},
	} {
		t.Run(c.fault, func(t *testing.T) {
			natstest.Bubble(t, func(t *testing.T) {
				server := natstest.Serve(t, natstest.InMemory)
				s := newScene(t, keyed.Variant{}, simexchange.Config{
					Seed: 1, Memory: true, Distinct: true, Rate: 20, Lag: simexchange.UpTo(lag), Latency: simexchange.UpTo(50 * time.Millisecond),
				}, func(string) (*nats.Conn, *natstest.Proxy) {
					return natstest.Connect(t, "", nats.InProcessServer(server)), nil
				})
				s.a.start(s.ctx)
				s.until(time.Minute, "nobody publishes", s.published("a"))
				time.Sleep(5 * time.Second)
				before := s.far.Status()
				c.do(s, server, natstest.JetStream(t, natstest.Connect(t, "", nats.InProcessServer(server))))
				at := time.Now()
				took := s.until(c.most+10*time.Millisecond, "not whole again", func() bool {
					s.honest(lag)
					st := s.far.Status()
					assert.True(t, c.down || st.State == ticker.Live, "%+v", st)
					return s.published("")() && s.fresh(at)
				})
				t.Logf("whole after %v; reconnects %d, %v", took, s.far.Status().Reconnects-before.Reconnects, s.far.Status().LastError)
				s.sim.SetRate(0)
				time.Sleep(2 * time.Second)
				s.whole()
				assert.Empty(t, s.steps)
			})
		})
	}
}
