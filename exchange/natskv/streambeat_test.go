package natskv

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

// What a heartbeat covers may have been replaced before it was read, and comes behind
// it: its word is told when that has come.
func TestWordWaitsForWhatIsBehind(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.tell("A-B", rec(3, 5, w.now(), 7))
		w.beats(3)
		w.join("A-B")
		_, err := w.read()
		require.NoError(t, err)
		w.heard(3, heardAt(7, w.now()))

		w.beats(3, heardAt(7, w.now()))
		w.tell("A-B", rec(3, 6, w.now(), 7))
		w.key("junk", nil)
		w.tell("A-B", rec(3, 7, w.now(), 7))
		us, err := w.read()
		require.ErrorIs(t, err, ErrForeign)
		require.Len(t, us, 1)
		assert.Equal(t, ticker.Market("A-B"), us[0].Market)
		us, err = w.read()
		require.NoError(t, err)
		require.Len(t, us, 2)
		assert.Equal(t, "7", us[0].Trade.Price.String())
		assert.NotZero(t, us[1].Origin.Heard)

		time.Sleep(time.Millisecond)
		w.beats(3, heardAt(7, w.now()))
		w.beats(3, heardAt(7, w.now()))
		us, err = w.read()
		require.NoError(t, err)
		assert.Len(t, us, 1, "the second is behind the first, and says as much")
	})
}

// Of a market that a later publisher has not written, nobody knows that it is gone
// while a key is still to come.
func TestNothingIsGoneBeforeAllHasCome(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.tell("A-B", rec(3, 5, w.now(), 7))
		w.tell("C-D", rec(3, 5, w.now(), 7))
		w.beats(3)
		w.join("A-B", "C-D")
		_, err := w.read()
		require.NoError(t, err)
		w.heard(3)
		w.tell("A-B", rec(4, 6, w.now(), 7))
		w.nearly(4)
		w.beats(4)
		w.tell("C-D", rec(4, 6, w.now(), 7))
		us, err := w.read()
		require.NoError(t, err)
		for _, u := range us {
			assert.False(t, u.Origin.Removed, u.Market)
		}
		assert.Equal(t, "6", byMarket(us)["C-D"].Trade.Price.String())
	})
}

// A bucket that was made anew counts anew: the stream ends.
func TestBucketMadeAnew(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		b := beat{Epoch: 3, Bucket: 1, Phase: live}
		w.key(statusKey, appendBeat(nil, &b))
		w.join()
		b.Bucket = 2
		w.key(statusKey, appendBeat(nil, &b))
		_, err := w.read()
		require.ErrorIs(t, err, errAnew)
		require.EqualError(t, err, `natskv: bucket "tickers-x": the bucket was made anew`)
	})
}

// Without order keys a later publisher's value is told once it is known to be as new as
// the one that was told last: by its record, or by the word of its link.
func TestNoOrderKeysOverATakeOver(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		time.Sleep(time.Minute)
		for _, m := range []ticker.Market{"A-B", "C-D", "E-F", "G-H"} {
			w.tell(m, rec(3, 5, w.now(), 7))
		}
		w.beats(3)
		w.join("A-B", "C-D", "E-F", "G-H")
		_, err := w.read()
		require.NoError(t, err)
		w.heard(3, heardAt(7, w.now()))

		const before = tick(time.Second)
		w.tell("A-B", rec(4, 6, w.now(), 0))
		w.tell("C-D", rec(4, 4, w.now()-before, 8))
		w.tell("E-F", rec(4, 4, w.now()-before, 0))
		w.tell("G-H", rec(4, 5, w.now()-before, 8))
		told := byMarket(w.heard(4, heardAt(8, w.now()-before)))
		assert.Equal(t, ticker.TradeGroup, told["A-B"].Groups)
		assert.Equal(t, ticker.TradeGroup, told["G-H"].Groups, "it is the same")
		for _, m := range []ticker.Market{"C-D", "E-F"} {
			assert.Zero(t, told[m].Groups, m)
			assert.Zero(t, told[m].Origin.Follows, m)
			assert.True(t, told[m].Origin.Known, m)
		}
		us := w.heard(4, heardAt(8, w.now()))
		require.Len(t, us, 2)
		assert.Equal(t, ticker.Market("C-D"), us[1].Market)
		assert.Equal(t, [2]ticker.Groups{ticker.TradeGroup, ticker.TradeGroup}, [2]ticker.Groups{us[1].Groups, us[1].Origin.Follows})
		assert.Len(t, w.heard(4, heardAt(8, w.now())), 1, "that is told")
		w.tell("E-F", rec(4, 7, w.now(), 0))
		us, err = w.read()
		require.NoError(t, err)
		assert.Equal(t, ticker.TradeGroup, us[0].Groups)
	})
}
