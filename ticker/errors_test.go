package ticker

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func stale(t *testing.T, err error) *StaleError {
	t.Helper()
	var s *StaleError
	require.ErrorAs(t, err, &s)
	return s
}

func TestReadErrors(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		_, err := w.Trade("A-B", time.Hour)
		require.ErrorIs(w, err, ErrUnknown, "never heard of")
		w.list("A-B", "C-D")
		l := w.link(tradesOnly, "A-B", "C-D")
		_, err = w.Trade("A-B", time.Hour)
		require.ErrorIs(w, err, ErrUnknown, "listed, not told")
		_, err = w.Book.Quote("A-B", time.Hour)
		require.ErrorIs(w, err, ErrNotReported, "a group that the exchange never tells")
		require.NoError(w, tell(l, Update{Ticker: Ticker{Market: "A-B"}, Groups: TradeGroup}))
		_, err = w.Trade("A-B", time.Hour)
		require.ErrorIs(w, err, ErrNotReported, "told, and there is no price")
		require.NoError(w, tell(l, trade("A-B", "1")))
		tr, err := w.Trade("A-B", 0)
		require.NoError(w, err)
		assert.Zero(w, tr.Age())
	})
}

func TestStaleCauses(t *testing.T) {
	read := func(w *world) error {
		_, err := w.Trade("A-B", time.Second)
		return err
	}
	told := func(w *world) *Link {
		w.list("A-B")
		l := w.link(tradesOnly)
		w.at(1)
		require.NoError(w, tell(l, keyed("1", 9)))
		return l
	}
	for name, c := range map[string]struct {
		cause    error
		schedule func(w *world)
	}{
		"silent":        {ErrSilent, func(w *world) { told(w) }},
		"down":          {ErrDown, func(w *world) { told(w).Close(io.ErrUnexpectedEOF) }},
		"down, and why": {io.ErrUnexpectedEOF, func(w *world) { told(w).Close(io.ErrUnexpectedEOF) }},
		"unconfirmed": {ErrUnconfirmed, func(w *world) {
			told(w).Close(io.ErrUnexpectedEOF)
			w.at(2)
			w.link(tradesOnly)
		}},
		"in doubt": {ErrDoubtful, func(w *world) { _ = tell(told(w), keyed("2", 8)) }},
		"not listed": {ErrUnlisted, func(w *world) {
			told(w)
			w.at(2)
			w.list()
		}},
		"not trading": {ErrNotTrading, func(w *world) {
			told(w)
			w.k.List([]Listed{{"A-B", false}}, time.Now())
		}},
		"not followed": {ErrNotFollowed, func(w *world) {
			w.list("A-B")
			w.answer(w.link(restOnly), 0, trade("A-B", "1"))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, 0, func(w *world) {
				c.schedule(w)
				w.at(30)
				err := read(w)
				s := stale(t, err)
				require.ErrorIs(w, err, c.cause)
				assert.Equal(w, Market("A-B"), s.Market)
				assert.Greater(w, s.Age, 28*time.Second)
				assert.Contains(w, err.Error(), "ticker: price of A-B is ")
				assert.False(w, errors.Is(err, ErrUnknown))
			})
		})
	}
}

func TestRemovedError(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		w.list("A-B", "C-D")
		require.NoError(w, tell(w.link(tradesOnly, "A-B", "C-D"), trade("A-B", "1")))
		for _, at := range []float64{1, 2} {
			w.at(at)
			w.list("C-D")
		}
		_, err := w.Trade("A-B", time.Hour)
		require.ErrorIs(w, err, ErrRemoved)
	})
}
