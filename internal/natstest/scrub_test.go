package natstest_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange/natskv"
	"github.com/tickersync/tickersync/internal/natstest"
	"github.com/tickersync/tickersync/ticker"
)

// spoilers are those who spoil the key of a market that is quiet.
var spoilers = map[string]func(t *testing.T, kv jetstream.KeyValue, s jetstream.Stream, key string){
	"deletes": func(t *testing.T, kv jetstream.KeyValue, _ jetstream.Stream, key string) {
		require.NoError(t, kv.Delete(t.Context(), key))
	},
	"purges": func(t *testing.T, kv jetstream.KeyValue, _ jetstream.Stream, key string) {
		require.NoError(t, kv.Purge(t.Context(), key))
	},
	"purges without a trace": func(t *testing.T, _ jetstream.KeyValue, s jetstream.Stream, key string) {
		require.NoError(t, s.Purge(t.Context(), jetstream.WithPurgeSubject("$KV.tickers-desk."+key)))
	},
	"overwrites": func(t *testing.T, kv jetstream.KeyValue, _ jetstream.Stream, key string) {
		_, err := kv.Put(t.Context(), key, []byte("junk"))
		require.NoError(t, err)
	},
	"empties": func(t *testing.T, kv jetstream.KeyValue, _ jetstream.Stream, key string) {
		_, err := kv.Put(t.Context(), key, nil)
		require.NoError(t, err)
	},
}

// mended is by when what was spoiled is written again.
const mended = 40 * time.Second

// Keys of quiet markets that somebody spoils are written again, once each; readers lack
// nothing then, whenever they came. What is not ours stays, and so does a busy market.
func TestSpoiledKeysAreMended(t *testing.T) {
	natstest.Bubble(t, func(t *testing.T) {
		s := natstest.Serve(t, natstest.InMemory)
		d := newDesk(t, 300) // more than a watch holds unread
		d.publish(memory(t, s), natskv.Options{ID: "one"})
		js := memory(t, s)
		epoch := seen(t, js, isLive).Epoch
		early := far(t, js)
		require.NoError(t, early.WaitSynced(t.Context()))
		kv, err := js.KeyValue(t.Context(), "tickers-desk")
		require.NoError(t, err)
		stream, err := js.Stream(t.Context(), "KV_tickers-desk")
		require.NoError(t, err)
		foreign, err := kv.Put(t.Context(), "note.of.somebody", []byte("hello"))
		require.NoError(t, err)
		nobodys, err := kv.Put(t.Context(), "m.NO-SUCH", []byte("hello"))
		require.NoError(t, err)
		busy := d.ms[0]
		quiet := kvRevision(t, kv, "m."+string(d.ms[299]))
		puts := counted(t, kv)

		i := 0
		for who, spoil := range spoilers {
			for range 5 {
				i++
				spoil(t, kv, stream, "m."+string(d.ms[i]))
			}
			t.Log(who, d.ms[i-4:i+1])
		}
		joined := far(t, memory(t, s))
		tells := 0
		for at := time.Now(); time.Since(at) < mended; time.Sleep(10 * time.Millisecond) {
			tells++
			d.tell([]ticker.Market{busy}, []string{"5", "6"}[tells%2])
		}
		later := far(t, memory(t, s))
		require.NoError(t, later.WaitSynced(t.Context()))
		time.Sleep(time.Second)
		d.link.Heard(time.Now())
		time.Sleep(time.Second)
		for name, book := range map[string]*ticker.Book{"early": early, "joined": joined, "later": later} {
			assert.Equal(t, ticker.Live, book.Status().State, name)
			assert.Equal(t, len(d.ms), book.Status().Total, name)
			for _, m := range d.ms {
				near, _ := d.book.Get(m)
				q, err := book.Trade(m, 5*time.Second)
				if assert.NoError(t, err, name) {
					assert.Equal(t, near.Trade.Price, q.Price, "%s: %s", name, m)
				}
			}
		}
		assert.Equal(t, epoch, seen(t, js, isLive).Epoch)
		assert.Equal(t, foreign, kvRevision(t, kv, "note.of.somebody"))
		assert.Equal(t, nobodys, kvRevision(t, kv, "m.NO-SUCH"))
		assert.Equal(t, quiet, kvRevision(t, kv, "m."+string(d.ms[299])))
		times := puts()
		assert.Equal(t, tells, times["m."+string(busy)], "one write a change")
		for _, m := range d.ms[1:] {
			assert.LessOrEqual(t, times["m."+string(m)], 2, "the junk and what was written again: %s", m)
		}
	})
}

// counted counts the puts of each key from now on, until it is asked.
func counted(t *testing.T, kv jetstream.KeyValue) func() map[string]int {
	t.Helper()
	w, err := kv.WatchAll(t.Context(), jetstream.UpdatesOnly(), jetstream.MetaOnly(), jetstream.IgnoreDeletes())
	require.NoError(t, err)
	times, done := map[string]int{}, make(chan struct{})
	go func() {
		defer close(done)
		for e := range w.Updates() {
			times[e.Key()]++
		}
	}()
	return func() map[string]int {
		require.NoError(t, w.Stop())
		<-done
		return times
	}
}
