package ticker

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A relay delivers the origin's stamps; its own connection moves no AsOf.
func TestRelay(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(relay)
		w.at(10)
		u := keyed("1", 7)
		u.Trade.Stamp = Stamp{AsOf: w.moment(4), Received: w.moment(3), Key: 7, Source: REST, Kind: OnTrade}
		tell(l, u)
		l.Heard(w.moment(10))
		l.Answer([]Update{trade("A-B", "9")}, w.moment(10), false)
		g, _ := w.Get("A-B")
		assert.Equal(w, u.Trade.Stamp, g.Trade.Stamp)
		assert.Equal(w, Live, w.Status().State)
		u.Trade.AsOf = w.moment(9)
		tell(l, u)
		assert.EqualValues(w, 9, w.asOf(), "the origin heard that nothing changed")
		st := w.Status()
		assert.Equal(w, [2]uint64{1, 1}, [2]uint64{st.Double, st.Stray})
		_, err := w.Trade("A-B", time.Millisecond)
		require.ErrorIs(w, err, ErrNotFollowed)
	})
}

// One word of the origin's link moves the AsOf of all that follow it.
func TestRelayHeartbeat(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(relay, "A-B", "C-D")
		w.at(1)
		quiet := w.relayed("2", 1, 0, Origin{Link: 7, Known: true})
		quiet.Market = "C-D"
		tell(l, w.relayed("1", 1, 0, follows7), quiet)
		assert.Zero(w, w.asOf(), "nothing was heard of the link")
		_, err := w.Trade("A-B", time.Millisecond)
		require.ErrorIs(w, err, ErrUnconfirmed)
		v := w.watch(nil)
		v.next(w.Context())
		v.next(w.Context())
		f := w.Book.follow(9)
		f.next(w.Context())
		f.next(w.Context())
		w.at(3)
		tell(l, word(7, w.moment(2)))
		require.Equal(w, 1, f.n, "A-B moves with it from now on")
		c := f.next(w.Context())
		assert.Equal(w, [3]any{Market("A-B"), uint64(2), TradeGroup}, [3]any{c.Market, c.Link, c.Follows})
		for s := 4.0; s < 9; s++ {
			w.at(s)
			tell(l, word(7, w.moment(s-1)))
		}
		tell(l, word(7, w.moment(1)))
		assert.EqualValues(w, 7, w.asOf())
		got, _ := w.Get("C-D")
		assert.Equal(w, w.start, got.Trade.AsOf)
		assert.Zero(w, f.n, "a heartbeat is no change")
		assert.Equal(w, none, v.first)
		w.unfollow(f)
		_, err = w.Trade("A-B", time.Millisecond)
		require.ErrorIs(w, err, ErrSilent)
		_, err = w.Book.Quote("A-B", time.Hour)
		require.ErrorIs(w, err, ErrUnknown)
		lives := w.Lives()
		require.Len(w, lives, 2)
		assert.Equal(w, [2]int{2, 2}, [2]int{lives[0].Markets, lives[1].Markets})
		assert.Equal(w, w.moment(7), lives[1].Heard)
		assert.Equal(w, EveryChange, lives[1].Feed.Quote.Kind)
	})
}

// The delay of the origin's feed counts here too.
func TestRelayThrottled(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(relay)
		w.at(9)
		tell(l, w.relayed("1", 1, 0, follows7))
		tell(l, Update{Origin: &Origin{Link: 7, Heard: w.moment(9), Feed: &Feed{Trade: Told{Kind: Throttled, Delay: 3 * time.Second}}}})
		assert.EqualValues(w, 6, w.asOf())
		tell(l, w.relayed("", 0, 0, Origin{Link: 7, Known: true}))
		w.at(12)
		tell(l, word(7, w.moment(12)))
		assert.EqualValues(w, 6, w.asOf(), "at the origin it stands still")
		tell(l, w.relayed("1", 1, 8, Origin{Link: 7, Known: true}))
		assert.EqualValues(w, 8, w.asOf())
	})
}

// Watch shows values, Follow what was told anew as well.
func TestRelayTellsAgain(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(relay)
		w.at(9)
		tell(l, w.relayed("1", 1, 4, Origin{Known: true}))
		v := w.watch(nil)
		v.next(w.Context())
		f := w.Book.follow(9)
		f.next(w.Context())
		for _, c := range []struct {
			row    string
			u      Update
			told   int
			groups Groups
		}{
			{"the same in another record", w.relayed("1", 2, 4, Origin{Known: true}), 1, 0},
			{"the same record", w.relayed("1", 2, 4, Origin{Known: true}), 0, 0},
			{"one that is older", w.relayed("1", 3, 3, Origin{Known: true}), 1, 0},
			{"fresher", w.relayed("1", 3, 5, Origin{Known: true}), 1, TradeGroup},
			{"a value", w.relayed("2", 4, 5, Origin{Known: true}), 1, TradeGroup},
		} {
			tell(l, c.u)
			require.Equal(w, c.told, f.n, c.row)
			if f.n > 0 {
				got := f.next(w.Context())
				assert.Equal(w, c.groups, got.Groups, c.row)
				assert.Equal(w, c.u.Trade.Key, got.Trade.Key, c.row)
			}
			assert.Equal(w, c.row == "a value", v.first != none, c.row)
		}
		w.unfollow(f)
	})
}

// What is known, refused, halted and gone there is so here, at once.
func TestRelayRepeatsWhatIsKnown(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		w.list("A-B")
		l := w.link(relay)
		w.at(1)
		tell(l, w.relayed("1", 1, 1, Origin{}))
		assert.Equal(w, []Market{"A-B"}, w.Status().Unknown, "not all of it is known there")
		tell(l, w.relayed("", 0, 0, Origin{Refused: "retired"}))
		assert.Equal(w, "retired", w.Status().Refused["A-B"])
		assert.True(w, w.Status().Synced)
		tell(l, w.relayed("", 0, 0, follows7), word(7, w.moment(1)))
		assert.Equal(w, 1, w.Status().Known)
		w.at(2)
		tell(l, w.relayed("", 0, 0, Origin{Link: 7, Halted: true, Known: true}), word(7, w.moment(2)))
		assert.EqualValues(w, 1, w.asOf())
		_, err := w.Trade("A-B", time.Millisecond)
		require.ErrorIs(w, err, ErrNotTrading)
		f := w.Book.follow(9)
		f.next(w.Context())
		gone := w.relayed("", 0, 0, Origin{Removed: true})
		tell(l, gone, gone)
		assert.True(w, f.next(w.Context()).Removed)
		assert.Zero(w, f.n)
		w.unfollow(f)
		_, err = w.Trade("A-B", time.Hour)
		require.ErrorIs(w, err, ErrRemoved)
		tell(l, w.relayed("3", 9, 2, follows7))
		assert.Equal(w, "3", w.price(), "it is listed anew")
		assert.EqualValues(w, 2, w.asOf())
		assert.Equal(w, 1, w.Status().Known)
		tell(l, gone)
		w.at(3)
		w.list("A-B")
		assert.Equal(w, []Market{"A-B"}, w.Status().Unknown, "the list is of after its removal")
		assert.Zero(w, w.Status().Stray)
	})
}

// A market that passes to another connection of the relay takes with it what the
// origin says.
func TestRelayHandOver(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		old := w.link(relay)
		w.at(1)
		tell(old, w.relayed("1", 5, 1, follows7), word(7, w.moment(1)))
		next := w.link(relay)
		w.at(2)
		tell(next, w.relayed("0", 4, 1, Origin{Known: true}), word(3, w.moment(2)))
		tell(old, word(7, w.moment(2)))
		assert.EqualValues(w, 2, w.asOf())
		assert.Equal(w, "1", w.price(), "the next one is behind")
		moved := follows7
		moved.Link = 3
		tell(next, w.relayed("2", 6, 1, moved))
		assert.Zero(w, takeOver(next))
		old.Close(nil)
		w.at(3)
		tell(next, word(3, w.moment(3)))
		assert.Equal(w, "2", w.price())
		assert.EqualValues(w, 3, w.asOf())
		assert.Equal(w, Live, w.Status().State)
		tell(next, w.relayed("1", 5, 1, Origin{Removed: true}))
		assert.Equal(w, "2", w.price(), "older than what is held")
	})
}

// A relay's Book can begin from a file, like any other.
func TestRelayWarm(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		w.at(9)
		w.warmed(warmTrade("A-B", "1", w.moment(8)))
		l := w.link(relay)
		_, err := w.Trade("A-B", time.Hour)
		require.ErrorIs(w, err, ErrWarm)
		tell(l, w.relayed("1", 1, 7, Origin{Known: true}))
		got, err := w.Trade("A-B", time.Hour)
		require.NoError(w, err)
		assert.Equal(w, w.moment(7), got.AsOf, "as of when the origin says")
	})
}

var errAway = errors.New("reset by the exchange")
