package ticker

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// origin is an update that says how a relay's origin stands.
func origin(s State, epoch uint64) Update {
	return Update{Origin: &Origin{Status: &OriginStatus{Name: "one", Epoch: epoch, State: s}}}
}

// connections are what a watcher is told of them, in order.
func (w *world) connections(f *follower) (told []string) {
	for f.n > 0 {
		switch c := f.next(w.Context()); {
		case c.Down != nil:
			told = append(told, "down: "+c.Down.Error())
		case c.Up:
			told = append(told, "up")
		}
	}
	return told
}

// What the origin lost is lost here too, and said once.
func TestOriginLosesALink(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(relay, "A-B", "C-D")
		f := w.Book.follow(99)
		other := w.relayed("1", 1, 1, Origin{Link: 8, Follows: TradeGroup, Known: true})
		other.Market = "C-D"
		w.at(1)
		tell(l, w.relayed("1", 1, 1, follows7), other, word(7, w.moment(1)), word(8, w.moment(1)), word(9, w.moment(1)))
		closed := func(link uint64, why error) Update { return Update{Origin: &Origin{Link: link, Closed: why}} }
		w.at(2)
		tell(l, closed(9, errAway))
		assert.Equal(w, Live, w.Status().State, "it carried no market")
		tell(l, closed(7, errAway))
		tell(l, closed(8, errAway))
		st := w.Status()
		assert.Equal(w, Down, st.State)
		assert.Equal(w, errAway, st.LastError)
		w.at(3)
		tell(l, word(7, w.moment(3)))
		assert.EqualValues(w, 1, w.asOf(), "its word is over")
		_, err := w.Trade("A-B", time.Millisecond)
		require.ErrorIs(w, err, ErrDown)
		require.ErrorIs(w, err, errAway)
		tell(l, w.relayed("2", 2, 3, Origin{Link: 10, Follows: TradeGroup, Known: true}))
		assert.Equal(w, Down, w.Status().State)
		other.Origin = &Origin{Known: true}
		tell(l, other, word(10, w.moment(3)))
		assert.Equal(w, Live, w.Status().State)
		assert.Equal(w, 1, w.Status().Reconnects)
		tell(l, closed(10, ErrClosed))
		assert.Equal(w, Live, w.Status().State, "the origin wished it")
		assert.Equal(w, []string{"down: " + errAway.Error(), "up"}, w.connections(f))
		lives := w.Lives()
		require.Len(w, lives, 5)
		assert.Equal(w, []error{nil, errAway, errAway, errAway, nil}, []error{lives[0].Err, lives[1].Err, lives[2].Err, lives[3].Err, lives[4].Err})
		assert.Empty(w, lives[1].Markets)
		w.unfollow(f)
	})
}

// How the origin stands is part of how the Book stands.
func TestOriginStatus(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		w.list("A-B")
		l := w.link(relay)
		tell(l, w.relayed("1", 1, 0, Origin{Known: true}))
		f := w.Book.follow(99)
		assert.Equal(w, Live, w.Status().State, "it says nothing of itself")
		for _, c := range []struct {
			told, want State
			fires      bool
		}{{Syncing, Syncing, true}, {Live, Live, true}, {Live, Live, false}, {Down, Down, true}, {Ended, Down, true}, {Idle, Down, true}, {Live, Live, true}} {
			changed := w.StatusChanged()
			tell(l, origin(c.told, 4))
			assert.Equal(w, c.want, w.Status().State, "%v", c.told)
			assert.Equal(w, OriginStatus{Name: "one", Epoch: 4, State: c.told}, w.Status().Origin)
			select {
			case <-changed:
				assert.True(w, c.fires)
			default:
				assert.False(w, c.fires)
			}
		}
		assert.Equal(w, []string{`down: ticker: the book that "one" repeats is down`, "up"}, w.connections(f))
		w.unfollow(f)
	})
}

// The relay's own connection and the origin may go one after the other.
func TestOriginAndRelayDown(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(relay)
		tell(l, w.relayed("1", 1, 0, follows7), word(7, w.moment(0)), origin(Live, 1))
		f := w.Book.follow(99)
		tell(l, origin(Down, 1))
		l.Close(errors.New("cut"))
		assert.Equal(w, Down, w.Status().State)
		_, err := w.Trade("A-B", -1)
		require.ErrorContains(w, err, "cut")
		assert.Equal(w, []error{errors.New("cut"), errors.New("cut")}, []error{w.Lives()[0].Err, w.Lives()[1].Err})
		assert.Equal(w, OriginStatus{"one", 1, Down}, w.Status().Origin, "as it was last told")
		l = w.link(relay)
		tell(l, origin(Down, 1))
		assert.Equal(w, Down, w.Status().State)
		next := w.link(relay)
		tell(next, w.relayed("1", 1, 0, Origin{Known: true}), origin(Live, 2))
		assert.Equal(w, Down, w.Status().State, "it is not in charge yet")
		l.Close(nil)
		assert.Equal(w, Live, w.Status().State)
		away := `down: ticker: the book that "one" repeats is down`
		assert.Equal(w, []string{away, "up", away, "up"}, w.connections(f))
		w.unfollow(f)
		w.k.End(nil)
		w.k, err = w.Keep("sim")
		require.NoError(w, err)
		assert.Zero(w, w.Status().Origin)
	})
}

// A relay that runs for months tells of many links.
func TestLinesAreBounded(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(relay)
		for i := range uint64(1000) {
			o := follows7
			o.Link = i + 1
			tell(l, w.relayed("1", i+1, 0, o), word(i+1, w.moment(0)))
			tell(l, Update{Origin: &Origin{Link: i + 1, Closed: errAway}})
		}
		tell(l, Update{Origin: &Origin{Link: 5000}}, Update{Origin: &Origin{}}, Update{})
		assert.Len(w, l.lines, 1)
		assert.Len(w, w.Lives(), 1+pastLives)
	})
}
