package natskv

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// Who joins knows every price at once, and trusts none until the publisher is heard.
func TestJoin(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		time.Sleep(time.Hour)
		w.tell("A-B", rec(3, 5, w.now(), 7))
		w.tell("C-D", rec(3, 6, w.now()-tick(time.Minute), 0))
		w.beats(3, heardAt(7, w.now()))
		time.Sleep(time.Hour) // nobody was there to hear it
		w.join("A-B", "C-D")
		us, err := w.read()
		require.NoError(t, err)
		require.Len(t, us, 2)
		for i, m := range []ticker.Market{"A-B", "C-D"} {
			assert.Equal(t, m, us[i].Market)
			assert.Equal(t, ticker.TradeGroup, us[i].Groups)
			assert.Zero(t, us[i].Trade.AsOf)
			assert.Zero(t, us[i].Trade.Received)
			assert.True(t, us[i].Origin.Known)
		}
		number := us[0].Origin.Link
		assert.NotZero(t, number)
		assert.Equal(t, "x", w.src.Name())

		heard := w.now()
		us = w.heard(3, heardAt(7, heard))
		require.Len(t, us, 4)
		assert.Equal(t, number, us[0].Origin.Link)
		assert.WithinDuration(t, w.truly(heard), us[0].Origin.Heard, time.Millisecond)
		assert.Equal(t, ticker.EveryChange, us[0].Origin.Feed.Trade.Kind)
		assert.Equal(t, &ticker.OriginStatus{Name: "a", Epoch: 3, State: ticker.Live}, us[1].Origin.Status)
		assert.WithinDuration(t, w.truly(tick(time.Hour)), us[2].Trade.AsOf, time.Millisecond)
		assert.Equal(t, ticker.Market("C-D"), us[3].Market)
		assert.WithinDuration(t, w.truly(tick(time.Hour-time.Minute)), us[3].Trade.AsOf, time.Millisecond)
		assert.Equal(t, us[3].Trade.AsOf, us[3].Trade.Received)
	})
}

// A heartbeat that waited to be read tells nothing of the publisher's clock.
func TestHeartbeatThatWaited(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.tell("A-B", rec(3, 5, w.now(), 0))
		w.beats(3)
		w.join("A-B")
		w.beats(3)
		time.Sleep(time.Second)
		us, err := w.read()
		require.NoError(t, err)
		require.Len(t, us, 1)
		us, err = w.read()
		require.NoError(t, err)
		assert.Empty(t, us)
		us = w.heard(3)
		require.Len(t, us, 2)
		assert.WithinDuration(t, w.truly(0), us[1].Trade.AsOf, time.Millisecond)
	})
}

// Of a record that replaces another of the same tenure, what is new is told.
func TestWhatIsNew(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		r := rec(3, 5, 1, 0)
		w.tell("A-B", r)
		w.beats(3)
		w.join("A-B")
		_, err := w.read()
		require.NoError(t, err)
		w.heard(3)
		r.ticker.Quote.Source, r.ticker.Quote.Kind = ticker.REST, ticker.OnTrade
		r.clocks[1] = clock{asOf: w.now(), received: never}
		w.tell("A-B", r)
		us, err := w.read()
		require.NoError(t, err)
		require.Len(t, us, 1)
		assert.Equal(t, ticker.QuoteGroup, us[0].Groups)
		assert.WithinDuration(t, w.truly(w.now()), us[0].Quote.AsOf, time.Millisecond)
		assert.Zero(t, us[0].Quote.Received)
		assert.Equal(t, [2]any{ticker.REST, ticker.OnTrade}, [2]any{us[0].Quote.Source, us[0].Quote.Kind})
		assert.Equal(t, w.revision, us[0].Quote.Key)

		r.refused = "retired"
		w.tell("A-B", r)
		us, err = w.read()
		require.NoError(t, err)
		assert.Zero(t, us[0].Groups)
		assert.Equal(t, "retired", us[0].Origin.Refused)
		w.tell("A-B", record{epoch: 3, removed: true})
		w.tell("A-B", r)
		us, err = w.read()
		require.NoError(t, err)
		require.Len(t, us, 2)
		assert.True(t, us[0].Origin.Removed)
		assert.Equal(t, ticker.TradeGroup|ticker.QuoteGroup, us[1].Groups, "it is listed anew")
	})
}

// A market that the engine does not carry is a hint, once; when it does it is told.
func TestNewMarket(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.beats(3)
		w.join()
		w.heard(3)
		w.tell("A-B", rec(3, 5, 0, 0))
		w.tell("A-B", rec(3, 6, 0, 0))
		_, err := w.read()
		var frame *exchange.FrameError
		require.ErrorIs(t, err, exchange.ErrUnknownMarket)
		require.ErrorAs(t, err, &frame)
		assert.Equal(t, ticker.Market("A-B"), frame.Market)
		_, err = w.read()
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, listedAs("A-B"), w.w.listings())
		go func() { assert.NoError(t, w.st.Subscribe(w.Context(), listed("A-B"), nil)) }()
		us, err := w.st.Read(w.Context(), nil)
		require.NoError(t, err)
		require.Len(t, us, 1)
		assert.Equal(t, "6", us[0].Trade.Price.String())
		w.tell("A-B", record{epoch: 3, removed: true})
		us, err = w.read()
		require.NoError(t, err)
		assert.True(t, us[0].Origin.Removed)
		assert.Empty(t, w.w.listings())
		w.tell("A-B", rec(3, 7, 0, 0))
		_, err = w.read()
		require.NoError(t, err)
		require.NoError(t, w.st.Subscribe(w.Context(), nil, listed("A-B")), "which comes late")
		w.tell("A-B", rec(3, 8, 0, 0))
		us, err = w.read()
		require.NoError(t, err)
		assert.Equal(t, "8", us[0].Trade.Price.String())

		w.tell("A-B", record{epoch: 3, removed: true})
		_, err = w.read()
		require.NoError(t, err)
		require.NoError(t, w.st.Subscribe(w.Context(), nil, listed("A-B")))
		w.tell("A-B", rec(3, 9, 0, 0))
		_, err = w.read()
		require.ErrorIs(t, err, exchange.ErrUnknownMarket)
	})
}

func listedAs(m ticker.Market) []exchange.Listing {
	return []exchange.Listing{{Market: m, Symbol: string(m), RESTSymbol: string(m), Trading: true}}
}

// What is not ours costs itself, and is named.
func TestForeignKeys(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.key("m.lower-case", []byte("junk"))
		w.key("elsewhere", []byte("theirs"))
		w.key(leaseKey, nil)
		w.beats(3)
		w.join("A-B")
		for _, want := range []string{`key "m.lower-case"`, `key "elsewhere"`} {
			_, err := w.read()
			var frame *exchange.FrameError
			require.ErrorAs(t, err, &frame)
			require.ErrorIs(t, err, ErrForeign)
			assert.ErrorContains(t, err, want)
		}
		w.tell("A-B", rec(3, 5, 0, 0))
		w.key("m.A-B", []byte{recordMark, recordVersion + 1})
		us, err := w.read()
		require.ErrorIs(t, err, ErrVersion)
		require.Len(t, us, 1, "what came before it is told")
	})
}

// A bucket without a heartbeat that can be read is none that can be followed.
func TestNothingToFollow(t *testing.T) {
	for _, c := range []struct {
		name  string
		write func(w *world)
		want  error
	}{
		{"empty", func(*world) {}, errNoWord},
		{"another version", func(w *world) { w.key(statusKey, []byte(`{"version":9}`)) }, ErrVersion},
		{"foreign", func(w *world) { w.key(statusKey, []byte(`up`)) }, ErrForeign},
		{"half written", func(w *world) {
			w.key(statusKey, appendBeat(nil, &beat{Phase: rewriting, Epoch: 1}))
		}, errHalf},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				c.write(w)
				if w.revision == 0 {
					w.c <- nil
				}
				require.ErrorIs(t, w.w.load(w.Context()), c.want)
			})
		})
	}
}
