package ticker

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Two links on one market: the first is in charge until it is closed.
func TestHandOver(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		w.k.Expect(1)
		old := w.link(tradesOnly)
		tell(old, trade("A-B", "1"))
		w.at(1)
		next := w.link(tradesOnly)
		tell(next, trade("A-B", "1"))
		assert.EqualValues(w, 1, w.Status().Stray)
		w.at(5)
		tell(old, trade("A-B", "2"))
		old.Close(nil)
		assert.EqualValues(w, 5, w.asOf())
		next.Heard(w.moment(6))
		assert.EqualValues(w, 5, w.asOf(), "the next link has told nothing yet")
		assert.Equal(w, Syncing, w.Status().State)
		want, ok := w.k.Wants("A-B")
		require.True(w, ok, "a quiet market must be asked for")
		assert.EqualValues(w, 5, w.seconds(want.NotBefore))
		w.at(7)
		w.answer(next, 2, trade("A-B", "1")) // asked before the old link's last word
		assert.Equal(w, "2", w.price())
		assert.EqualValues(w, 5, w.asOf())
		w.answer(next, 6, trade("A-B", "2"))
		assert.EqualValues(w, 6, w.asOf())
		assert.Equal(w, Live, w.Status().State)
		assert.Zero(w, w.Status().Reconnects)
	})
}

// A relay delivers the origin's ages; its own connection moves none.
func TestRelay(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		f := tradesOnly
		f.Relay = true
		l := w.link(f)
		w.at(10)
		u := keyed("1", 7)
		u.Trade.Stamp = Stamp{AsOf: w.moment(4), Received: w.moment(3), Key: 7, Source: REST, Kind: OnTrade}
		tell(l, u)
		l.Heard(w.moment(10))
		g, _ := w.Get("A-B")
		assert.Equal(w, u.Trade.Stamp, g.Trade.Stamp)
		u.Trade.AsOf = w.moment(9)
		tell(l, u)
		assert.EqualValues(w, 9, w.asOf(), "the origin heard that nothing changed")
		assert.EqualValues(w, 1, w.Status().Double)
	})
}
