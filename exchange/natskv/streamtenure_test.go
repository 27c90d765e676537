package natskv

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

// What a publisher writes before it is live is held, and told at once when it is: a
// market that it did not write is gone, and so are the links of the one before.
func TestTakeOver(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for _, m := range []ticker.Market{"A-B", "C-D", "E-F"} {
			w.tell(m, rec(3, 5, w.now(), 7))
		}
		w.beats(3)
		w.join("A-B", "C-D", "E-F")
		_, err := w.read()
		require.NoError(t, err)
		old := w.heard(3, heardAt(7, w.now()))[0].Origin.Link

		w.began = w.began.Add(time.Second) // another clock
		at := w.now()
		w.tell("A-B", rec(4, 6, at, 7))
		w.tell("E-F", record{epoch: 4, removed: true})
		w.tell("C-D", rec(3, 4, w.now(), 7)) // the old one, before it knew
		w.tell("A-B", rec(3, 4, w.now(), 7)) // and after
		us, err := w.read()
		require.NoError(t, err)
		require.Len(t, us, 1)
		assert.Equal(t, "4", us[0].Trade.Price.String())
		assert.Equal(t, old, us[0].Origin.Link)

		time.Sleep(time.Second)
		told := byMarket(w.heard(4, heardAt(7, w.now())))
		a := told["A-B"]
		assert.Equal(t, "6", a.Trade.Price.String())
		assert.WithinDuration(t, w.truly(at), a.Trade.AsOf, time.Millisecond)
		assert.NotEqual(t, old, a.Origin.Link)
		assert.NotEqual(t, us[0].Trade.Epoch, a.Trade.Epoch)
		assert.True(t, told["E-F"].Origin.Removed)
		assert.True(t, told["C-D"].Origin.Removed)
		assert.Equal(t, old, told[""].Origin.Link)
		require.ErrorIs(t, told[""].Origin.Closed, errReplaced)

		w.tell("A-B", rec(3, 9, w.now(), 7))
		w.beats(3)
		_, err = w.read()
		require.ErrorIs(t, err, context.DeadlineExceeded, "the old one has no say any more")
	})
}

// byMarket has, of the updates without a market, the last.
func byMarket(us []ticker.Update) map[ticker.Market]ticker.Update {
	told := make(map[ticker.Market]ticker.Update)
	for _, u := range us {
		told[u.Market] = u
	}
	return told
}

// A publisher that is behind the one before does not take a market back: its prices
// are told when they have caught up, and meanwhile no word of its moves them.
func TestOrderKeysOverATakeOver(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.tell("A-B", keyed(rec(3, 50, w.now(), 7), 100))
		w.beats(3)
		w.join("A-B")
		_, err := w.read()
		require.NoError(t, err)
		w.heard(3)
		w.tell("A-B", keyed(rec(3, 49, w.now(), 7), 99))
		us, err := w.read()
		require.NoError(t, err)
		assert.Equal(t, ticker.TradeGroup, us[0].Groups, "one publisher knows what it does")
		w.tell("A-B", keyed(rec(3, 50, w.now(), 7), 100))
		_, err = w.read()
		require.NoError(t, err)

		w.tell("A-B", keyed(rec(4, 48, w.now(), 7), 98))
		u := byMarket(w.heard(4))["A-B"]
		assert.Zero(t, u.Groups)
		assert.Zero(t, u.Origin.Follows)
		for _, c := range []struct {
			key  uint64
			told ticker.Groups
		}{{99, 0}, {100, ticker.TradeGroup}, {97, ticker.TradeGroup}} {
			w.tell("A-B", keyed(rec(4, int64(c.key), w.now(), 7), c.key))
			us, err = w.read()
			require.NoError(t, err)
			assert.Equal(t, c.told, us[0].Groups, c.key)
			assert.Equal(t, c.told, us[0].Origin.Follows, c.key)
		}
	})
}

// An exchange that counts anew is not waited for longer than it takes to catch up.
func TestOrderKeysThatBeginAnew(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.tell("A-B", keyed(rec(3, 50, w.now(), 7), 100))
		w.beats(3)
		w.join("A-B")
		_, err := w.read()
		require.NoError(t, err)
		w.heard(3)
		w.tell("A-B", keyed(rec(4, 1, w.now(), 7), 1))
		assert.Zero(t, byMarket(w.heard(4, heardAt(7, w.now())))["A-B"].Groups)
		waited := time.Now()
		for byMarket(w.heard(4, heardAt(7, w.now())))["A-B"].Groups == 0 {
			time.Sleep(time.Second)
			require.Less(t, time.Since(waited), 2*catchUp)
		}
		assert.Greater(t, time.Since(waited), catchUp-time.Second)
	})
}

// A link of which the publisher tells no more is closed; one that it says was lost,
// with its reason, once.
func TestLinksEnd(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.beats(3)
		w.join()
		us := w.heard(3, heardAt(7, never), heardAt(8, 5))
		require.Len(t, us, 3)
		assert.Zero(t, us[0].Origin.Heard)
		lost := heardAt(7, 6)
		lost.Closed, lost.Error = true, "reset by peer"
		us = w.heard(3, lost)
		require.Len(t, us, 2)
		require.EqualError(t, us[0].Origin.Closed, "reset by peer")
		assert.WithinDuration(t, w.truly(6), us[0].Origin.Heard, time.Millisecond)
		require.ErrorIs(t, us[1].Origin.Closed, errForgotten)
		assert.Empty(t, w.heard(3, lost))
		wished := heardAt(9, 6)
		wished.Closed = true
		require.ErrorIs(t, w.heard(3, wished)[0].Origin.Closed, ticker.ErrClosed)
		for link := range uint64(100) {
			w.heard(3, heardAt(10+link, w.now()))
		}
		assert.Len(t, w.w.replica.lines.known, 2, "closed ones are forgotten")
	})
}
