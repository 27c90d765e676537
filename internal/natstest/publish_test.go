package natstest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange/natskv"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/internal/natstest"
	"github.com/tickersync/tickersync/ticker"
)

// desk is a Book that the test writes, and what publishes it.
type desk struct {
	*testing.T
	book ticker.Book
	keep *ticker.Keeper
	link *ticker.Link
	ms   []ticker.Market
}

func newDesk(t *testing.T, markets int) *desk {
	t.Helper()
	d := &desk{T: t}
	for i := range markets {
		d.ms = append(d.ms, ticker.Market(fmt.Sprintf("M%d-USD", i)))
	}
	var err error
	d.keep, err = d.book.Keep("desk")
	require.NoError(t, err)
	t.Cleanup(func() { d.keep.End(nil) })
	d.list(d.ms...)
	every := ticker.Told{Kind: ticker.EveryChange}
	d.link = d.book.Link(d.ms, ticker.Feed{Trade: every})
	d.tell(d.ms, "1")
	return d
}

func (d *desk) list(ms ...ticker.Market) {
	ls := make([]ticker.Listed, len(ms))
	for i, m := range ms {
		ls[i] = ticker.Listed{Market: m, Trading: true}
	}
	d.keep.List(ls, time.Now())
}

func (d *desk) tell(ms []ticker.Market, price string) {
	us := make([]ticker.Update, len(ms))
	for i, m := range ms {
		us[i] = ticker.Update{Groups: ticker.TradeGroup, Ticker: ticker.Ticker{Market: m, Trade: ticker.Trade{Price: decimal.MustParse(price)}}}
	}
	d.link.Stream(us, time.Now())
}

// publish begins a Publish, and returns what ends it, and what waits for its end: both
// return its error.
func (d *desk) publish(js jetstream.JetStream, o natskv.Options) (end, ended func() error) {
	ctx, cancel := context.WithCancel(d.Context())
	done := make(chan error, 1)
	if testing.Verbose() {
		o.Logger = slog.New(slog.NewTextHandler(d.Output(), nil))
	}
	go func() { done <- natskv.Publish(ctx, &d.book, js, &o) }()
	ended = sync.OnceValue(func() error { return <-done })
	end = func() error { cancel(); return ended() }
	d.Cleanup(func() { _ = end() })
	return end, ended
}

// status is what people see in a bucket.
type status struct {
	Version             int
	Exchange, Publisher string
	Epoch               uint64
	Phase, State        string
	Known, Total        int
	Links               []struct{ Markets int }
}

// seen waits for a status that is as wanted.
func seen(t *testing.T, js jetstream.JetStream, wanted func(s status) bool) (s status) {
	t.Helper()
	require.Eventually(t, func() bool {
		kv, err := js.KeyValue(t.Context(), "tickers-desk")
		if err != nil {
			return false
		}
		e, err := kv.Get(t.Context(), "status")
		s = status{}
		return err == nil && json.Unmarshal(e.Value(), &s) == nil && wanted(s)
	}, natstest.Patience, natstest.Pause)
	return s
}

func isLive(s status) bool { return s.Phase == "live" }

// What is in the bucket when its publisher is live is the whole Book.
func TestPublish(t *testing.T) {
	const markets = 5000
	s := natstest.Serve(t, nil)
	js := s.JetStream(t)
	d := newDesk(t, markets)
	end, _ := d.publish(js, natskv.Options{ID: "one"})
	st := seen(t, js, isLive)
	assert.Equal(t, status{
		Version: 1, Exchange: "desk", Publisher: "one", Epoch: st.Epoch, Phase: "live", State: "live", Known: markets, Total: markets,
		Links: []struct{ Markets int }{{markets}},
	}, st)
	kv, err := js.KeyValue(t.Context(), "tickers-desk")
	require.NoError(t, err)
	bucket, err := kv.Status(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, 1, bucket.History())
	assert.EqualValues(t, markets+2, bucket.Values())
	begun := kvRevision(t, kv, "m.M0-USD")

	d.tell(d.ms[:1], "2")
	require.Eventually(t, func() bool { return kvRevision(t, kv, "m.M0-USD") > begun }, natstest.Patience, natstest.Pause)

	assert.ErrorIs(t, end(), context.Canceled)
	assert.Equal(t, "ended", seen(t, js, func(s status) bool { return s.Phase != "live" }).Phase)
}

func kvRevision(t *testing.T, kv jetstream.KeyValue, key string) uint64 {
	t.Helper()
	e, err := kv.Get(t.Context(), key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return 0
	}
	require.NoError(t, err)
	return e.Revision()
}

// far reads the bucket of a desk.
func far(t *testing.T, js jetstream.JetStream) *ticker.Book {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var book ticker.Book
	done := make(chan error, 1)
	go func() { done <- fullsync.Run(ctx, &book, natskv.NewSource(js, "tickers-desk", nil), nil) }()
	t.Cleanup(func() { cancel(); <-done })
	return &book
}

func price(b *ticker.Book, m ticker.Market) string {
	t, ok := b.Get(m)
	if !ok {
		return "none"
	}
	return t.Trade.Price.String()
}
