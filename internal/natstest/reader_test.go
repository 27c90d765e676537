package natstest_test

import (
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange/natskv"
	"github.com/tickersync/tickersync/internal/natstest"
	"github.com/tickersync/tickersync/ticker"
)

// memory is the JetStream of a server in a bubble.
func memory(t *testing.T, s *natstest.Server) jetstream.JetStream {
	t.Helper()
	return natstest.JetStream(t, natstest.Connect(t, "", nats.InProcessServer(s)))
}

// comes waits for what comes with the next heartbeats.
func comes(t *testing.T, happened func() bool, what string) {
	t.Helper()
	for at := time.Now(); !happened(); time.Sleep(natstest.Pause) {
		require.Less(t, time.Since(at), 3*time.Second, what)
	}
}

// What readers of the Book that is published see, readers of the far one do.
func TestReaderSeesTheSame(t *testing.T) {
	natstest.Bubble(t, func(t *testing.T) {
		s := natstest.Serve(t, natstest.InMemory)
		d := newDesk(t, 4)
		d.publish(memory(t, s), natskv.Options{ID: "one"})
		book := far(t, memory(t, s))
		require.NoError(t, book.WaitSynced(t.Context()))
		assert.Equal(t, "desk", book.Name())
		a, b, c := d.ms[0], d.ms[1], d.ms[2]

		near, _ := d.book.Get(a)
		d.link.Heard(time.Now())
		comes(t, func() bool {
			q, err := book.Trade(a, time.Second)
			return err == nil && q.Price.Equal(near.Trade.Price)
		}, "a price that is fresh")
		there, _ := book.Get(a)
		assert.Equal(t, [2]any{ticker.Stream, ticker.EveryChange}, [2]any{there.Trade.Source, there.Trade.Kind})
		assert.WithinDuration(t, near.Trade.Received, there.Trade.Received, 5*time.Millisecond)
		assert.False(t, there.Trade.AsOf.After(time.Now()))
		time.Sleep(time.Minute)
		near, _ = d.book.Get(a)
		there, _ = book.Get(a)
		assert.Equal(t, time.Minute, near.Trade.Age().Truncate(time.Second), "its exchange says nothing")
		assert.GreaterOrEqual(t, there.Trade.Age(), near.Trade.Age())
		assert.Less(t, there.Trade.Age(), near.Trade.Age()+300*time.Millisecond)
		d.link.Heard(time.Now())
		comes(t, func() bool { q, _ := book.Get(a); return q.Trade.Age() < time.Second }, "a heartbeat of the exchange")

		d.keep.Refuse(b, "retired")
		comes(t, func() bool { return book.Status().Refused[b] == "retired" }, "a refusal")
		d.keep.List([]ticker.Listed{{Market: a}, {Market: b, Trading: true}, {Market: c, Trading: true}, {Market: d.ms[3], Trading: true}}, time.Now())
		comes(t, func() bool { _, err := book.Trade(a, 1); return errors.Is(err, ticker.ErrNotTrading) }, "a halt")

		d.list(d.ms[:3]...)
		time.Sleep(time.Second)
		d.list(d.ms[:3]...)
		gone := d.ms[3]
		comes(t, func() bool { _, err := book.Trade(gone, time.Hour); return errors.Is(err, ticker.ErrRemoved) }, "a removal")
		time.Sleep(time.Minute)
		d.list("N-EW", a, b, c, gone)
		d.link.Carry([]ticker.Market{"N-EW", gone})
		comes(t, func() bool { return len(book.Status().Unknown) == 2 }, "listings")
		assert.Equal(t, 5, book.Status().Total)
		d.tell([]ticker.Market{"N-EW", gone}, "7")
		comes(t, func() bool { return price(book, "N-EW") == "7" && price(book, gone) == "7" }, "their prices")
		comes(t, func() bool { return len(book.Status().Unknown) == 0 }, "they are known")

		d.link.Close(errors.New("reset by the exchange"))
		comes(t, func() bool { return book.Status().State == ticker.Down }, "its connection was lost")
		_, err := book.Trade(c, time.Millisecond)
		require.ErrorIs(t, err, ticker.ErrDown)
		assert.ErrorContains(t, err, "reset by the exchange")
		asOf, _ := book.Get(c)
		time.Sleep(time.Minute)
		later, _ := book.Get(c)
		assert.Equal(t, asOf.Trade.AsOf, later.Trade.AsOf)
		st := book.Status()
		assert.Equal(t, [2]uint64{0, 0}, [2]uint64{st.Stray, st.Late})
		assert.Equal(t, "one", st.Origin.Name)
	})
}

// A reader that comes while nobody publishes knows what was written last, trusts none of
// it, and says so.
func TestReaderComesWhileNobodyPublishes(t *testing.T) {
	natstest.Bubble(t, func(t *testing.T) {
		s := natstest.Serve(t, natstest.InMemory)
		d := newDesk(t, 4)
		end, _ := d.publish(memory(t, s), natskv.Options{ID: "one"})
		js := memory(t, s)
		seen(t, js, isLive)
		_ = end()
		book := far(t, js)
		require.NoError(t, book.WaitSynced(t.Context()))
		assert.Equal(t, ticker.Syncing, book.Status().State)
		assert.Equal(t, "1", price(book, d.ms[0]))
		_, err := book.Trade(d.ms[0], 1000*time.Hour)
		var stale *ticker.StaleError
		require.ErrorAs(t, err, &stale)
		time.Sleep(time.Minute)
		assert.Equal(t, ticker.Down, book.Status().State)
		d.publish(memory(t, s), natskv.Options{ID: "two"})
		comes(t, func() bool { return book.Status().State == ticker.Live }, "another publisher")
		d.link.Heard(time.Now())
		comes(t, func() bool { _, err := book.Trade(d.ms[0], time.Second); return err == nil }, "its prices")
		assert.Equal(t, "two", book.Status().Origin.Name)
	})
}
