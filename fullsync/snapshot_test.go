package fullsync_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

func play(t *testing.T, set func(*fake), f func(*testing.T, *fake, *ticker.Book)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		src := newFake()
		if set != nil {
			set(src)
		}
		var book ticker.Book
		defer keep(t, &book, src)()
		f(t, src, &book)
	})
}

// One snapshot is enough while all goes well, and one more after each break.
func TestOneSnapshotAConnection(t *testing.T) {
	play(t, nil, func(t *testing.T, src *fake, book *ticker.Book) {
		time.Sleep(5 * time.Minute)
		assert.Len(t, src.requests(), 1)
		src.lose <- errLost
		time.Sleep(5 * time.Minute)
		assert.Len(t, src.requests(), 2)
		assert.Equal(t, 2, book.Status().Backfill.Fetched)
	})
}

// A snapshot that may come from a cache fills what is unknown; one more confirms
// it when it can.
func TestSnapshotFromACache(t *testing.T) {
	for _, c := range []struct {
		age  time.Duration
		want []time.Duration
	}{
		{time.Second, []time.Duration{time.Second}},              // that is worth waiting for
		{10 * time.Second, []time.Duration{0, 10 * time.Second}}, // that is not
	} {
		set := func(src *fake) { src.feed.Trade.CacheAge = c.age }
		play(t, set, func(t *testing.T, src *fake, book *ticker.Book) {
			require.NoError(t, book.WaitSynced(t.Context()))
			assert.Less(t, time.Since(src.began), 2*time.Second)
			time.Sleep(time.Minute)
			assert.Equal(t, ticker.Live, book.Status().State)
			require.Len(t, src.requests(), len(c.want))
			for i, want := range c.want {
				assert.InDelta(t, want, src.requests()[i], float64(100*time.Millisecond))
			}
		})
	}
}

// What two snapshots in a row lack is refused and named, and costs the others
// nothing. When a later one has it after all, it is known.
func TestMissingFromTheSnapshot(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		reason string
	}{
		"left out":   {nil, "not in the snapshot"},
		"unreadable": {exchange.NewFrameError("fake", "C-X", nil, errors.New("nan")), "not in the snapshot, of which a part could not be read"},
	} {
		t.Run(name, func(t *testing.T) {
			set := func(src *fake) {
				src.answers(func() ([]ticker.Update, error) { return snapshot("A-X", "B-X"), c.err })
			}
			play(t, set, func(t *testing.T, src *fake, book *ticker.Book) {
				require.NoError(t, book.WaitSynced(t.Context()))
				st := book.Status()
				assert.Equal(t, map[ticker.Market]string{"C-X": c.reason}, st.Refused)
				assert.Equal(t, 2, st.Known)
				if c.err != nil {
					assert.EqualValues(t, 2, st.Bad)
					assert.Equal(t, 2, st.Backfill.Failed)
				}
				time.Sleep(5 * time.Minute)
				assert.Len(t, src.requests(), 2, "not asked again and again")
				synctest.Wait()
				src.answers(func() ([]ticker.Update, error) { return snapshot("A-X", "B-X", "C-X"), nil })
				src.lose <- errLost
				time.Sleep(time.Minute)
				assert.Equal(t, 3, book.Status().Known)
				assert.Empty(t, book.Status().Refused)
			})
		})
	}
}

// Snapshots that fail are tried again, later and later, not more often than twice
// a minute in the end.
func TestSnapshotsThatFail(t *testing.T) {
	set := func(src *fake) {
		src.answers(func() ([]ticker.Update, error) { return nil, errors.New("maintenance") })
	}
	play(t, set, func(t *testing.T, src *fake, book *ticker.Book) {
		time.Sleep(time.Hour)
		n := len(src.requests())
		assert.Greater(t, n, 100)
		assert.Less(t, n, 300)
		st := book.Status()
		assert.Equal(t, n, st.Backfill.Failed)
		assert.ErrorContains(t, st.LastError, "snapshot: maintenance")
		assert.Equal(t, ticker.Syncing, st.State)
		src.tell <- snapshot("B-X")
		synctest.Wait()
		_, ok := book.Get("B-X")
		assert.True(t, ok, "the stream is read meanwhile")
		src.answers(func() ([]ticker.Update, error) { return snapshot("A-X", "B-X", "C-X"), nil })
		time.Sleep(time.Minute)
		assert.Equal(t, ticker.Live, book.Status().State)
	})
}

// What the snapshot holds beyond the list is left out and counted.
func TestSnapshotHoldsMore(t *testing.T) {
	set := func(src *fake) {
		src.answers(func() ([]ticker.Update, error) { return snapshot("A-X", "Z-X", "B-X", "C-X"), nil })
	}
	play(t, set, func(t *testing.T, src *fake, book *ticker.Book) {
		require.NoError(t, book.WaitSynced(t.Context()))
		st := book.Status()
		assert.Equal(t, 3, st.Total)
		assert.EqualValues(t, 1, st.Stray)
		_, ok := book.Get("Z-X")
		assert.False(t, ok)
	})
}

// When all is known the budget is left to others who share it.
func TestBudgetIsLeftAlone(t *testing.T) {
	set := func(src *fake) { src.feed.Budget = exchange.NewBudget(1, 1) }
	play(t, set, func(t *testing.T, src *fake, book *ticker.Book) {
		require.NoError(t, book.WaitSynced(t.Context()))
		time.Sleep(10 * time.Second)
		assert.Equal(t, 1, src.feed.Budget.Left())
		assert.Len(t, src.requests(), 1)
	})
}

// A budget that others have exhausted is waited for, and the waiting ends with Run.
func TestWaitingForTheBudget(t *testing.T) {
	set := func(src *fake) {
		src.feed.Budget = exchange.NewBudget(1, 1)
		src.feed.Budget.Pause(time.Hour)
	}
	play(t, set, func(t *testing.T, src *fake, book *ticker.Book) {
		time.Sleep(time.Minute)
		assert.Empty(t, src.requests())
		src.tell <- snapshot("A-X", "B-X")
		synctest.Wait()
		assert.Equal(t, 2, book.Status().Known)
	})
	play(t, set, func(t *testing.T, src *fake, book *ticker.Book) {
		require.NoError(t, book.WaitSynced(t.Context()))
		assert.InDelta(t, time.Hour, src.requests()[0], float64(time.Second))
	})
}

// A cache may be older than a listing: that it lacks the market says nothing until
// it cannot be, and is no reason to ask without a pause.
func TestCacheOlderThanAListing(t *testing.T) {
	set := func(src *fake) {
		src.feed.Trade.CacheAge = 10 * time.Second
		src.answers(func() ([]ticker.Update, error) {
			if time.Since(src.began) < 9*time.Second {
				return snapshot("A-X", "B-X"), nil
			}
			return snapshot("A-X", "B-X", "C-X"), nil
		})
	}
	play(t, set, func(t *testing.T, src *fake, book *ticker.Book) {
		time.Sleep(8 * time.Second)
		st := book.Status()
		assert.Empty(t, st.Refused)
		assert.Equal(t, []ticker.Market{"C-X"}, st.Unknown)
		assert.Less(t, len(src.requests()), 10)
		time.Sleep(30 * time.Second)
		assert.Equal(t, ticker.Live, book.Status().State)
		assert.Less(t, len(src.requests()), 15)
	})
}

// What is known but no snapshot confirms stays as old as it is, and is asked for
// twice a minute in the end.
func TestNeverConfirmed(t *testing.T) {
	play(t, nil, func(t *testing.T, src *fake, book *ticker.Book) {
		require.NoError(t, book.WaitSynced(t.Context()))
		src.answers(func() ([]ticker.Update, error) {
			return snapshot("A-X", "B-X"), exchange.NewFrameError("fake", "C-X", nil, errors.New("nan"))
		})
		src.lose <- errLost
		time.Sleep(time.Hour)
		assert.Greater(t, len(src.requests()), 100)
		assert.Less(t, len(src.requests()), 300)
		st := book.Status()
		assert.Equal(t, ticker.Syncing, st.State)
		assert.Equal(t, 3, st.Known)
		assert.Empty(t, st.Refused)
		_, err := book.Trade("C-X", time.Minute)
		require.ErrorIs(t, err, ticker.ErrUnconfirmed)
	})
}
