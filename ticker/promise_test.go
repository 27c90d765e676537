package ticker

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a Book promises beyond the single rules, each as one short history.
func TestPromises(t *testing.T) {
	for _, p := range []struct {
		promise  string
		schedule func(w *world)
	}{
		{"keys order readers' values over reconnects", func(w *world) {
			l := w.link(tradesOnly)
			tell(l, keyed("5", 5))
			l.Close(errors.New("reset"))
			l = w.link(tradesOnly)
			tell(l, keyed("4", 4))
			assert.Equal(w, "5", w.price())
			assert.EqualValues(w, 1, w.Status().Late)
		}},
		{"a throttled group is as fresh as the connection less its delay", func(w *world) {
			l := w.link(Feed{Trade: throttle})
			w.at(5)
			tell(l, trade("A-B", "1"))
			assert.EqualValues(w, 3, w.asOf())
			l.Heard(w.moment(9))
			assert.EqualValues(w, 7, w.asOf())
		}},
		{"a group that rides on trades is as fresh as it was last told or asked", func(w *world) {
			l := w.link(onTrade)
			w.at(1)
			tell(l, quoted("1", 0))
			l.Heard(w.moment(9))
			assert.EqualValues(w, 1, w.asOf())
			w.at(10)
			w.answer(l, 9, quoted("1", 0))
			assert.EqualValues(w, 9, w.asOf())
		}},
		{"a group that is never told is as fresh as it was last asked", func(w *world) {
			l := w.link(Feed{Trade: never})
			w.at(3)
			w.answer(l, 2, trade("A-B", "1"))
			l.Heard(w.moment(9))
			tell(l, trade("A-B", "7")) // an adapter's mistake
			assert.EqualValues(w, 2, w.asOf())
			assert.Equal(w, "1", w.price())
		}},
		{"when a link ends its markets stand still, and no other's", func(w *world) {
			l, o := w.link(tradesOnly, "A-B"), w.link(tradesOnly, "C-D")
			w.at(1)
			tell(l, trade("A-B", "1"))
			tell(o, trade("C-D", "1"))
			w.at(2)
			l.Heard(w.moment(2))
			l.Close(errors.New("reset"))
			l.Heard(w.moment(5))
			o.Heard(w.moment(5))
			assert.EqualValues(w, 2, w.asOf())
			c, _ := w.Get("C-D")
			assert.EqualValues(w, 5, w.seconds(c.Trade.AsOf))
			require.ErrorIs(w, tell(l, trade("A-B", "2")), ErrClosed)
			assert.Equal(w, "1", w.price())
		}},
		{"a new link is as fresh as it is told, and nothing from before it", func(w *world) {
			l := w.link(tradesOnly)
			tell(l, trade("A-B", "1"))
			l.Close(errors.New("reset"))
			w.at(5)
			l = w.link(tradesOnly)
			l.Heard(w.moment(9))
			assert.EqualValues(w, 0, w.asOf())
			tell(l, trade("A-B", "1"))
			assert.EqualValues(w, 9, w.asOf())
		}},
		{"an answer that is older by its headers than declared counts as that old", func(w *world) {
			w.at(9)
			l := w.link(cachedTrades)
			w.at(20)
			u := trade("A-B", "1")
			u.Age = 12 * time.Second
			w.answer(l, 20, u)
			l.Heard(w.moment(21))
			assert.EqualValues(w, 8, w.asOf())
		}},
		{"frames from before the link was made do not move its beginning", func(w *world) {
			w.at(5)
			l := w.link(cachedTrades, "A-B", "C-D")
			require.NoError(w, l.Stream([]Update{trade("C-D", "1")}, w.moment(1)))
			w.at(6)
			w.answer(l, 6, trade("A-B", "1")) // of 3: before A-B was acknowledged
			l.Heard(w.moment(9))
			assert.EqualValues(w, 3, w.asOf())
		}},
		{"where nothing is acknowledged the link begins with its first frame", func(w *world) {
			f := tradesOnly
			f.Settle = 10 * time.Second
			l := w.link(f, "A-B", "C-D")
			w.at(1)
			w.answer(l, 1, trade("A-B", "1"))
			l.Heard(w.moment(2)) // a heartbeat is no sign of a subscription
			assert.EqualValues(w, 1, w.asOf())
			w.at(3)
			tell(l, trade("C-D", "1"))
			w.at(4)
			w.answer(l, 3.5, trade("A-B", "1"))
			l.Heard(w.moment(5))
			assert.EqualValues(w, 5, w.asOf())
		}},
		{"or when it has settled", func(w *world) {
			f := tradesOnly
			f.Settle = 10 * time.Second
			l := w.link(f)
			w.at(11)
			w.answer(l, 10, trade("A-B", "1"))
			l.Heard(w.moment(12))
			assert.EqualValues(w, 12, w.asOf())
		}},
		{"nothing from before a market was added to an open link confirms it", func(w *world) {
			l := w.link(tradesOnly, "C-D")
			w.at(5)
			l.Carry([]Market{"A-B"})
			w.at(6)
			w.answer(l, 4, trade("A-B", "1")) // changed at 4.5, and so missed
			l.Heard(w.moment(9))
			assert.EqualValues(w, 4, w.asOf())
			want, ok := w.k.Wants("A-B")
			require.True(w, ok)
			assert.EqualValues(w, 6, w.seconds(want.NotBefore))
			w.at(7)
			w.answer(l, 6, trade("A-B", "2"))
			assert.Equal(w, "2", w.price())
			assert.EqualValues(w, 9, w.asOf())
		}},
		{"nor what was answered before it was subscribed again", func(w *world) {
			l := w.gone(2)
			w.at(4)
			w.list("A-B")
			w.at(6)
			w.answer(l, 2, trade("A-B", "1")) // of the market that was removed at 3
			l.Heard(w.moment(6))
			assert.EqualValues(w, 2, w.asOf())
			w.at(7)
			l.Carry([]Market{"A-B"})
			w.answer(l, 6, trade("A-B", "1"))
			l.Heard(w.moment(9))
			assert.EqualValues(w, 2, w.asOf())
			w.at(10)
			w.answer(l, 8, trade("A-B", "1"))
			assert.EqualValues(w, 9, w.asOf())
			l.Carry([]Market{"A-B"})
			l.Heard(w.moment(11))
			assert.EqualValues(w, 9, w.asOf(), "it has to be confirmed anew")
			tell(l, trade("A-B", "2"))
			l.Carry([]Market{"A-B"})
			assert.EqualValues(w, 11, w.asOf(), "but what the link has told, it tells")
		}},
		{"a removed market that comes back begins anew, with lower keys too", func(w *world) {
			l := w.gone(2)
			assert.Empty(w, w.price())
			_, err := w.Trade("A-B", time.Hour)
			require.ErrorIs(w, err, ErrRemoved)
			tell(l, keyed("1", 9)) // a straggler
			assert.Empty(w, w.price())
			w.list("A-B")
			assert.Empty(w, w.price())
			tell(l, keyed("2", 2))
			assert.Equal(w, "2", w.price())
		}},
		{"a snapshot without the market is a vote as well", func(w *world) {
			l := w.link(tradesOnly)
			w.at(1)
			tell(l, trade("A-B", "1"))
			w.at(3)
			l.Answer(nil, w.moment(2), true)
			_, err := w.Trade("A-B", time.Second)
			require.ErrorIs(w, err, ErrUnlisted)
			w.list()
			assert.Empty(w, w.price())
		}},
		{"a cached snapshot is no vote before its age", func(w *world) {
			l := w.link(cachedTrades)
			w.at(1)
			tell(l, trade("A-B", "1"))
			w.at(4)
			l.Answer(nil, w.moment(4), true)
			l.Answer(nil, w.moment(4), true)
			assert.Equal(w, "1", w.price())
		}},
		{"a message after the first vote takes it back", func(w *world) {
			l := w.gone(1)
			w.at(5)
			tell(l, trade("A-B", "2"))
			assert.EqualValues(w, 5, w.asOf())
			w.at(6)
			w.list()
			assert.Equal(w, "2", w.price())
		}},
		{"what is in doubt is settled by an answer", func(w *world) {
			l := w.link(tradesOnly)
			tell(l, keyed("5", 5))
			w.at(1)
			tell(l, keyed("4", 4))
			want, ok := w.k.Wants("A-B")
			require.True(w, ok)
			assert.EqualValues(w, 2, w.seconds(want.NotBefore))
			l.Heard(w.moment(2))
			_, err := w.Trade("A-B", 0)
			require.ErrorIs(w, err, ErrDoubtful)
			w.at(3)
			w.answer(l, 2, keyed("5", 5))
			assert.EqualValues(w, 2, w.asOf())
			l.Heard(w.moment(4))
			assert.EqualValues(w, 4, w.asOf())
			_, ok = w.k.Wants("A-B")
			assert.False(w, ok)
		}},
		{"answers too find out that the keys are void, whichever link they come through", func(w *world) {
			l := w.link(tradesOnly, "A-B")
			tell(l, keyed("5", 100))
			l.Close(errors.New("reset"))
			w.at(1)
			l, o := w.link(tradesOnly, "A-B"), w.link(tradesOnly, "C-D")
			for s := 2.0; s <= 900; s += 2 {
				w.at(s)
				w.answer(o, s-.5, keyed("6", 3))
			}
			assert.False(w, l.Void(), "a cache may be so old")
			_, err := w.Trade("A-B", 0)
			require.ErrorIs(w, err, ErrDoubtful)
			w.at(910)
			w.answer(o, 909, keyed("6", 3))
			w.at(911)
			w.answer(o, 910, keyed("6", 3))
			assert.True(w, l.Void())
			assert.False(w, o.Void())
			require.ErrorIs(w, tell(l), ErrRestarted)
			assert.Equal(w, "6", w.price())
		}},
	} {
		t.Run(p.promise, func(t *testing.T) { inWorld(t, 0, p.schedule) })
	}
}
