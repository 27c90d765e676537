package ticker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func joined[T fmt.Stringer](vs ...T) string {
	var ss []string
	for _, v := range vs {
		ss = append(ss, v.String())
	}
	return strings.Join(ss, " ")
}

// waiting calls WaitSynced in a goroutine; its result comes out of the channel.
func waiting(ctx context.Context, b *Book) <-chan error {
	done := make(chan error, 1)
	go func() { done <- b.WaitSynced(ctx) }()
	synctest.Wait()
	return done
}

func TestWaitSynced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b Book
		done := waiting(t.Context(), &b) // before Run
		ctx, cancel := context.WithCancelCause(t.Context())
		left := waiting(ctx, &b)
		cancel(errors.New("no time"))
		require.ErrorContains(t, <-left, "no time")
		k, err := b.Keep("sim")
		require.NoError(t, err)
		k.List([]Listed{{"A-B", true}, {"C-D", true}, {"E-F", true}}, time.Now())
		l := b.Link([]Market{"A-B"}, tradesOnly)
		tell(l, trade("A-B", "1"))
		k.List([]Listed{{"A-B", true}, {"C-D", true}, {"E-F", false}}, time.Now())
		select {
		case <-b.Synced():
			t.Fatal("C-D is not known yet")
		default:
		}
		k.Refuse("C-D", "no such market")
		require.NoError(t, <-done)
		<-b.Synced()
		k.List([]Listed{{"A-B", true}, {"G-H", true}}, time.Now())
		st := b.Status()
		assert.True(t, st.Synced, "synced means first synced")
		assert.Equal(t, []Market{"G-H"}, st.Unknown)
		require.NoError(t, b.WaitSynced(t.Context()))
		k.End(errors.New("over"))
		require.NoError(t, b.WaitSynced(t.Context()), "it was synced")
	})
}

func TestWaitSyncedRunEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b Book
		k, _ := b.Keep("sim")
		done := waiting(t.Context(), &b)
		retired := errors.New("retired")
		k.End(retired)
		require.ErrorIs(t, <-done, retired)
		k, _ = b.Keep("sim")
		done = waiting(t.Context(), &b)
		k.End(nil)
		require.ErrorIs(t, <-done, ErrClosed, "not synced, so no nil")
	})
}

// An exchange whose list swaps its only unknown market for another is not synced
// in between.
func TestNotSyncedWithinAList(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		w.link(tradesOnly)
		w.k.List([]Listed{{"A-B", false}, {"C-D", true}}, time.Now())
		assert.False(w, w.Status().Synced)
		assert.Equal(w, []Market{"C-D"}, w.Status().Unknown)
	})
}

// What readers ask for while it is unknown, an engine asks for next.
func TestAsked(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(tradesOnly, "A-B", "C-D", "E-F")
		for _, m := range []Market{"E-F", "C-D", "E-F", "no-such"} {
			_, err := w.Trade(m, time.Hour)
			require.ErrorIs(w, err, ErrUnknown)
		}
		tell(l, trade("E-F", "1")) // known by now
		m, ok := w.k.Asked()
		assert.True(w, ok)
		assert.Equal(w, Market("C-D"), m)
		_, ok = w.k.Asked()
		assert.False(w, ok)
	})
}

// Groups that the stream does not follow: those read since the last answer first,
// then the oldest.
func TestOlder(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(onTrade, "A-B", "C-D", "E-F")
		for i, m := range []Market{"E-F", "C-D", "A-B"} {
			w.at(float64(i))
			u := quoted("1", 0)
			u.Market = m
			w.answer(l, float64(i), u)
		}
		w.at(5)
		w.Get("C-D")
		var order []Market
		for _, o := range w.k.Older(3500*time.Millisecond, nil) {
			order = append(order, o.Market)
		}
		assert.Equal(w, []Market{"C-D", "E-F"}, order)
		assert.True(w, w.k.IsOlder("E-F", 4*time.Second))
		assert.False(w, w.k.IsOlder("A-B", 4*time.Second))
		assert.False(w, w.k.IsOlder("no-such", 0))
		assert.True(w, w.k.Has("A-B"))
		assert.False(w, w.k.Has("no-such"))
	})
}

// What is unknown does not wait long for the moment from which an answer confirms.
func TestWhenToAsk(t *testing.T) {
	for _, c := range []struct {
		row   string
		known bool
		in    int
		want  int
	}{
		{"known: when an answer can confirm it", true, 60, 60},
		{"unknown, and that is soon: then", false, 2, 2},
		{"unknown, and that is far: at once", false, 3, 0},
		{"and when it could long ago", false, -5, -5},
	} {
		w := Want{Known: c.known, NotBefore: sec(c.in)}
		assert.Equal(t, sec(c.want), w.At(sec(0)), c.row)
	}
}

// A group that only the stream tells may never come: a market that has not traded.
func TestSyncedWithoutWhatNobodyCanAskFor(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		w.list("A-B")
		feed := tradesOnly
		feed.Stats = Told{Kind: OnTrade}
		l := w.link(feed)
		w.answer(l, 0, trade("A-B", "1"))
		require.NoError(w, w.WaitSynced(w.Context()))
		_, err := w.Book.Quote("A-B", time.Hour)
		require.ErrorIs(w, err, ErrNotReported)
	})
}
