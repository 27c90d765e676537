package ticker

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fires reports whether the status changed while f ran.
func (w *world) fires(f func()) bool {
	changed := w.StatusChanged()
	f()
	select {
	case <-changed:
		return true
	default:
		return false
	}
}

func TestStates(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		var fresh Book
		assert.Equal(w, Idle, fresh.Status().State)
		assert.Zero(w, fresh.Status().Since)
		is := func(s State, since float64) {
			w.Helper()
			st := w.Status()
			assert.Equal(w, s, st.State, "%v", st.State)
			assert.EqualValues(w, since, w.seconds(st.Since))
			w.at(w.seconds(time.Now()) + 1)
		}
		is(Connecting, 0)
		w.list("A-B", "C-D")
		is(Connecting, 0)
		l := w.link(tradesOnly, "A-B", "C-D")
		is(Syncing, 2)
		tell(l, trade("A-B", "1"), trade("C-D", "1"))
		is(Live, 3)
		l.Close(errors.New("reset"))
		is(Down, 4)
		l = w.link(tradesOnly, "A-B", "C-D")
		is(Syncing, 5)
		tell(l, trade("A-B", "1"))
		w.answer(l, 5, trade("C-D", "1"))
		is(Live, 6)
		w.k.Expect(2)
		is(Down, 7)
		w.link(tradesOnly, "E-F")
		is(Syncing, 8)
		w.k.End(errors.New("retired"))
		is(Ended, 9)
		st := w.Status()
		assert.Equal(w, 1, st.Reconnects)
		assert.Zero(w, st.Connections)
		require.ErrorContains(w, st.LastError, "retired")
		var err error
		w.k, err = w.Keep("other")
		require.NoError(w, err)
		is(Connecting, 10)
		assert.Equal(w, "other", w.Book.Name())
		assert.Equal(w, "other", w.Status().Name)
	})
}

func TestStatusChangedFires(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		var l *Link
		assert.False(w, w.fires(func() { w.list("A-B", "C-D") }), "known and total are counters")
		assert.True(w, w.fires(func() { l = w.link(tradesOnly, "A-B", "C-D") }), "a connection")
		assert.False(w, w.fires(func() { tell(l, keyed("1", 7)) }), "known is a counter")
		assert.False(w, w.fires(func() {
			tell(l, keyed("1", 7), trade("X-X", "1"))
			w.k.Bad(errors.New("junk"))
			w.k.Failed(errors.New("fetch"))
			w.k.Backfill(Backfill{Fetched: 7, Pace: 2})
			l.Heard(time.Now())
		}), "counters")
		st := w.Status()
		assert.Equal(w, [4]uint64{0, 1, 1, 1}, [4]uint64{st.Late, st.Double, st.Stray, st.Bad})
		require.ErrorContains(w, st.LastError, "fetch")
		assert.Equal(w, Backfill{Fetched: 7, Pace: 2, Wanted: 1, Left: time.Second / 2}, st.Backfill)
		assert.True(w, w.fires(func() { w.k.Refuse("C-D", "unknown") }), "refused, and so synced")
		assert.True(w, w.Status().Synced)
		assert.Equal(w, Live, w.Status().State)
		assert.False(w, w.fires(func() { w.k.Refuse("C-D", "unknown") }), "the same reason again")
		assert.False(w, w.fires(func() { w.k.Refuse("no-such", "unknown") }))
		assert.True(w, w.fires(func() { w.k.Refuse("C-D", "not served") }), "another reason")
		assert.True(w, w.fires(func() { tell(l, trade("C-D", "1")) }), "it was told after all")
		assert.Empty(w, w.Status().Refused)
		assert.True(w, w.fires(func() { l.Close(nil) }), "a connection less")
		assert.True(w, w.fires(func() { w.k.End(nil) }))
		assert.False(w, w.fires(func() { w.k.End(nil) }))
	})
}

func TestHaltAndResume(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(tradesOnly)
		w.at(1)
		tell(l, trade("A-B", "1"))
		halt := func(trading bool) { w.k.List([]Listed{{"A-B", trading}}, time.Now()) }
		assert.True(w, w.fires(func() { halt(false) }))
		assert.False(w, w.fires(func() { halt(false) }))
		assert.Equal(w, map[Market]string{"A-B": "not trading"}, w.Status().Refused)
		w.k.Refuse("A-B", "no such market") // a halted one keeps its reason
		assert.Equal(w, map[Market]string{"A-B": "not trading"}, w.Status().Refused)
		w.at(5)
		tell(l, trade("A-B", "2"))
		assert.Equal(w, "2", w.price(), "what the stream tells is shown")
		assert.EqualValues(w, 1, w.asOf(), "but AsOf stands still")
		_, err := w.Trade("A-B", time.Second)
		require.ErrorIs(w, err, ErrNotTrading)
		assert.Zero(w, w.wanted)
		assert.True(w, w.fires(func() { halt(true) }))
		assert.EqualValues(w, 5, w.asOf())
		assert.Equal(w, 1, w.Status().Known)
	})
}

func TestShortLists(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		ms := []Market{"A-X", "B-X", "C-X", "D-X", "E-X"}
		l := w.link(tradesOnly, ms...)
		for _, m := range ms {
			tell(l, trade(m, "1"))
		}
		for seen := 1; seen <= 2; seen++ {
			w.at(float64(seen))
			assert.True(w, w.fires(func() { assert.True(w, w.list("A-X")) }))
			st := w.Status()
			assert.Equal(w, &ShortListError{Missing: 4, Of: 5, Seen: seen}, st.ShortList)
			require.EqualError(w, st.ShortList, fmt.Sprintf("ticker: list lacks 4 of 5 markets (seen %d of 3 times)", seen))
			assert.Equal(w, 5, st.Total)
		}
		w.at(3)
		w.list(ms...)
		assert.Nil(w, w.Status().ShortList)
		for s := range 3 {
			w.at(float64(4 + s))
			votes := w.list("A-X")
			assert.Equal(w, s < 2, votes, "further lists are asked for until the third")
		}
		assert.Equal(w, 1, w.Status().Total)
		assert.Equal(w, 1, len(w.AppendAll(nil)))
		w.at(8)
		w.list("A-X")
		assert.Nil(w, w.Status().ShortList)
	})
}

func TestKeeper(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		_, err := w.Keep("other")
		require.ErrorIs(w, err, ErrKept)
		w.list("A-B")
		l := w.link(tradesOnly)
		tell(l, trade("A-B", "1"))
		old := w.k
		old.End(errors.New("first"))
		w.k, err = w.Keep("sim")
		require.NoError(w, err)
		before := w.Status()
		old.End(errors.New("again"))
		old.List([]Listed{{"C-D", true}}, time.Now())
		old.Refuse("A-B", "no")
		old.Expect(7)
		old.Bad(errors.New("bad"))
		old.Failed(errors.New("bad"))
		old.Backfill(Backfill{Fetched: 7})
		l.Carry([]Market{"C-D"})
		l.Heard(time.Now())
		l.Close(errors.New("late"))
		assert.Empty(w, old.Wanted(nil))
		assert.Empty(w, old.Older(0, nil))
		assert.False(w, old.Has("A-B"))
		_, ok := old.Asked()
		assert.False(w, ok)
		assert.Equal(w, before, w.Status(), "a keeper and a link of yesterday change nothing")
		tell(w.link(tradesOnly), trade("A-B", "2"))
		assert.Equal(w, Live, w.Status().State)
		assert.Equal(w, "2", w.price())
	})
}

func TestNames(t *testing.T) {
	assert.Equal(t, "idle connecting syncing live down ended unknown", joined(Idle, Connecting, Syncing, Live, Down, Ended, State(99)))
	assert.Equal(t, "never every change throttled on trade unknown", joined(Never, EveryChange, Throttled, OnTrade, Kind(99)))
	assert.Equal(t, "none stream rest warm unknown", joined(NoSource, Stream, REST, Warm, Source(99)))
}

func TestStatusBudget(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		assert.Zero(w, w.Status().Budget)
		left := 7
		w.k.Budget(func() int { return left })
		assert.Equal(w, 7, w.Status().Budget)
		left = 0
		assert.Zero(w, w.Status().Budget, "it is asked anew")
	})
}
