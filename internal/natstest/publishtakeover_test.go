package natstest_test

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange/natskv"
	"github.com/tickersync/tickersync/internal/natstest"
	"github.com/tickersync/tickersync/ticker"
)

// soon is a lease for tests that wait for its end.
const soon = time.Second

// revisions are those of every market in the bucket.
func revisions(t *testing.T, js jetstream.JetStream) map[string]uint64 {
	t.Helper()
	kv, err := js.KeyValue(t.Context(), "tickers-desk")
	require.NoError(t, err)
	w, err := kv.WatchAll(t.Context(), jetstream.IgnoreDeletes())
	require.NoError(t, err)
	defer func() { assert.NoError(t, w.Stop()) }()
	revs := make(map[string]uint64)
	for e := range w.Updates() {
		if e == nil {
			break
		}
		if e.Key()[0] == 'm' {
			revs[e.Key()] = e.Revision()
		}
	}
	return revs
}

// Who ends hands over at once, and the other writes every market anew.
func TestPublishHandsOver(t *testing.T) {
	s := natstest.Serve(t, nil)
	js := s.JetStream(t)
	one, two := newDesk(t, 50), newDesk(t, 49)
	end, _ := one.publish(js, natskv.Options{ID: "one"})
	epoch := seen(t, js, isLive).Epoch
	first := revisions(t, js)
	require.Len(t, first, 50)
	two.publish(s.JetStream(t), natskv.Options{ID: "two"})
	time.Sleep(300 * time.Millisecond)
	assert.Equal(t, "one", seen(t, js, isLive).Publisher, "two stands by")
	at := time.Now()
	require.ErrorIs(t, end(), context.Canceled)
	st := seen(t, js, func(s status) bool { return s.Publisher == "two" && isLive(s) })
	assert.Less(t, time.Since(at), 2*time.Second, "it need not wait for the lease to run out")
	assert.Equal(t, epoch+1, st.Epoch)
	assert.Equal(t, 49, st.Known)
	for key, rev := range revisions(t, js) {
		assert.Greater(t, rev, first[key], key)
	}
	book := far(t, js)
	require.NoError(t, book.WaitSynced(t.Context()))
	assert.Equal(t, "none", price(book, "M49-USD"), "two does not list it")
	assert.Equal(t, "1", price(book, "M48-USD"))
}

// A publisher that was cut off, and wakes up with writes on their way, changes nothing.
func TestPublishIsFenced(t *testing.T) {
	s := natstest.Serve(t, nil)
	js := s.JetStream(t)
	p := natstest.NewProxy(t, s.Addr())
	o := natskv.Options{Lease: soon}
	one, two := newDesk(t, 20), newDesk(t, 20)
	one.publish(natstest.JetStream(t, natstest.Connect(t, p.URL())), with(o, "one"))
	seen(t, js, isLive)
	book := far(t, js)
	require.NoError(t, book.WaitSynced(t.Context()))
	two.publish(s.JetStream(t), with(o, "two"))

	p.Mute(true)
	one.tell(one.ms, "666")
	seen(t, js, func(s status) bool { return s.Publisher == "two" && isLive(s) })
	two.tell(two.ms[:10], "2")
	byTwo := func(m ticker.Market, want string) {
		t.Helper()
		assert.Eventually(t, func() bool { return price(book, m) == want }, natstest.Patience, natstest.Pause, "%s is %s", m, price(book, m))
	}
	byTwo("M9-USD", "2")
	before := revisions(t, js)
	p.Mute(false)
	time.Sleep(soon)
	one.tell(one.ms, "666")
	time.Sleep(soon)
	assert.Equal(t, before, revisions(t, js), "nothing was written")
	assert.Equal(t, "two", seen(t, js, isLive).Publisher)
	byTwo("M9-USD", "2")
	byTwo("M19-USD", "1")
	assert.Equal(t, "two", book.Status().Origin.Name)
}

func with(o natskv.Options, id string) natskv.Options {
	o.ID = id
	return o
}

// A bucket that is deleted is made anew, and so is what was in it.
func TestPublishBucketDeleted(t *testing.T) {
	s := natstest.Serve(t, nil)
	js := s.JetStream(t)
	d := newDesk(t, 20)
	d.publish(js, natskv.Options{Lease: soon})
	seen(t, js, isLive)
	require.NoError(t, js.DeleteKeyValue(t.Context(), "tickers-desk"))
	seen(t, js, isLive)
	assert.Len(t, revisions(t, js), 20)
	d.tell(d.ms, "2")
	book := far(t, js)
	require.NoError(t, book.WaitSynced(t.Context()))
	assert.Eventually(t, func() bool { return price(book, "M7-USD") == "2" }, natstest.Patience, natstest.Pause)
}

// What was in a bucket before, and is of no publisher, costs nobody anything.
func TestPublishLeavesForeignDataAlone(t *testing.T) {
	s := natstest.Serve(t, nil)
	js := s.JetStream(t)
	kv, err := js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "tickers-desk", History: 5})
	require.NoError(t, err)
	for _, key := range []string{"hello", "m.X-Y", "m.M3-USD", "status", "m.=zz"} {
		_, err = js.Publish(t.Context(), "$KV.tickers-desk."+key, []byte("world"))
		require.NoError(t, err, key)
	}
	d := newDesk(t, 5)
	d.publish(js, natskv.Options{})
	seen(t, js, isLive)
	for _, key := range []string{"hello", "m.X-Y", "m.=zz"} {
		e, err := kv.Get(t.Context(), key)
		require.NoError(t, err)
		assert.Equal(t, "world", string(e.Value()))
	}
	book := far(t, js)
	require.NoError(t, book.WaitSynced(t.Context()))
	assert.Equal(t, "1", price(book, "M3-USD"))
	assert.Equal(t, 5, book.Status().Total)
}

// A market that is gone is told, forgotten by the next publisher, and may come back.
func TestPublishRemoval(t *testing.T) {
	s := natstest.Serve(t, nil)
	js := s.JetStream(t)
	d := newDesk(t, 20)
	end, _ := d.publish(js, natskv.Options{})
	epoch := seen(t, js, isLive).Epoch
	book := far(t, js)
	require.NoError(t, book.WaitSynced(t.Context()))
	d.list(d.ms[1:]...)
	d.list(d.ms[1:]...)
	is := func(want string) {
		t.Helper()
		assert.Eventually(t, func() bool { return price(book, "M0-USD") == want }, natstest.Patience, natstest.Pause)
	}
	is("none")
	assert.Contains(t, revisions(t, js), "m.M0-USD", "a record says so")
	require.ErrorIs(t, end(), context.Canceled)
	d.publish(js, natskv.Options{})
	seen(t, js, func(s status) bool { return isLive(s) && s.Epoch == epoch+1 })
	assert.Eventually(t, func() bool { return len(revisions(t, js)) == 19 }, natstest.Patience, natstest.Pause)
	d.list(d.ms...)
	d.tell(d.ms[:1], "3")
	is("3")
}
