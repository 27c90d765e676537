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

// follower follows in its own goroutine; see viewer.
func (w *world) follower(ctx context.Context, depth int) *viewer {
	v := &viewer{done: make(chan struct{})}
	go func() {
		defer close(v.done)
		for c := range w.Follow(ctx, depth) {
			line := v.line(c)
			if c.Skipped > 0 {
				line = fmt.Sprint("lost ", c.Skipped)
			}
			v.told = append(v.told, line)
			if v.hold != nil {
				<-v.hold
			}
		}
	}()
	synctest.Wait()
	return v
}

func TestFollowTellsEveryChangeInOrder(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(tradesOnly, "E-F", "C-D", "A-B")
		tell(l, trade("E-F", "5"), trade("A-B", "1"))
		v := w.follower(w.Context(), 0)
		assert.Equal(w, "A-B 1, E-F 5", v.saw())
		var want []string
		for i := range DefaultDepth {
			m := []Market{"A-B", "C-D", "E-F"}[i%3]
			tell(l, trade(m, fmt.Sprint(i)))
			want = append(want, fmt.Sprint(m, " ", i))
		}
		assert.Equal(w, strings.Join(want, ", "), v.saw())
		l.Heard(time.Now().Add(time.Second))
		w.answer(l, 0, trade("A-B", "9"))
		assert.Empty(w, v.saw(), "the word of a link is no change, nor is an answer under the stream")
		l.Close(errors.New("reset"))
		w.link(tradesOnly, "A-B").Close(nil)
		assert.Equal(w, "down, up, A-B 4095", v.saw(), "A-B is on another link: what it was told stands still")
	})
}

func TestFollowSaysWhatAsOfMovesWith(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		feed := Feed{Trade: Told{Kind: EveryChange, REST: true}, Quote: Told{Kind: OnTrade, REST: true}, Stats: throttle}
		l := w.link(feed)
		var last Change
		done := make(chan struct{})
		go func() {
			defer close(done)
			for c := range w.Follow(w.Context(), 0) {
				if c.End == nil {
					last = c
				}
			}
		}()
		moves := func() [3]any {
			synctest.Wait()
			assert.Equal(w, w.seconds(time.Now()), w.seconds(last.At))
			return [3]any{last.Groups, last.Link, last.Follows}
		}
		u := trade("A-B", "1")
		u.Groups |= QuoteGroup | StatsGroup
		w.at(1)
		tell(l, u)
		assert.Equal(w, [3]any{AllGroups, uint64(1), TradeGroup | StatsGroup}, moves())
		w.at(4)
		w.answer(l, 3, Update{Ticker: u.Ticker, Groups: QuoteGroup})
		assert.Equal(w, [3]any{QuoteGroup, uint64(1), TradeGroup | StatsGroup}, moves(), "an equal value is fresher")
		assert.EqualValues(w, 3, w.seconds(last.Quote.AsOf))
		l.Heard(w.moment(5))
		w.at(6)
		w.list()
		assert.Equal(w, [3]any{Groups(0), uint64(0), Groups(0)}, moves(), "a vote for removal")
		assert.EqualValues(w, 5, w.seconds(last.Trade.AsOf))
		w.at(7)
		w.list("A-B")
		assert.Equal(w, [3]any{Groups(0), uint64(1), TradeGroup | StatsGroup}, moves())
		l.Close(errors.New("reset"))
		l = w.link(feed)
		w.at(8)
		w.answer(l, 7.5, trade("A-B", "1"))
		assert.Equal(w, [3]any{TradeGroup, uint64(2), TradeGroup}, moves(), "confirmed by an equal value")
		w.k.End(nil)
		<-done
	})
}

func TestFollowFallsBehind(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(tradesOnly, "A-B", "C-D", "E-F", "G-H")
		tell(l, trade("A-B", "1"), trade("C-D", "1"), trade("E-F", "1"))
		v := w.follower(w.Context(), 3)
		v.hold = make(chan struct{})
		w.at(1)
		tell(l, trade("A-B", "2")) // it takes this one, and is stuck with it
		synctest.Wait()
		tell(l, trade("A-B", "3"), trade("A-B", "4"), trade("A-B", "5"))
		tell(l, trade("C-D", "6"), trade("G-H", "7"), trade("G-H", "8"))
		w.at(2)
		w.listAsked(1.5, "C-D", "E-F")
		w.listAsked(1.5, "C-D", "E-F")
		w.listAsked(1.5, "C-D", "E-F", "A-B")
		close(v.hold)
		assert.Equal(w, "A-B 1, C-D 1, E-F 1, A-B 2, A-B 3, A-B 4, A-B 5, "+
			"lost 7, A-B removed, C-D 6, G-H removed", v.saw(), "E-F did not change")
		tell(l, trade("A-B", "9"))
		assert.Equal(w, "A-B 9", v.saw())
	})
}

func TestFollowEnds(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(tradesOnly)
		tell(l, trade("A-B", "1"))
		gone, retired := errors.New("gave up"), errors.New("retired")
		ctx, cancel := context.WithCancelCause(w.Context())
		byCtx, slow := w.follower(ctx, 2), w.follower(w.Context(), 2)
		slow.hold = make(chan struct{})
		tell(l, trade("A-B", "2"))
		synctest.Wait()
		cancel(gone)
		<-byCtx.done
		assert.Equal(w, []error{gone}, byCtx.ends)
		tell(l, trade("A-B", "3"), trade("A-B", "4"), trade("A-B", "5"))
		w.k.End(retired)
		late := w.follower(w.Context(), 2)
		assert.Equal(w, "A-B 5, end", late.saw(), "after the end there is still what is known")
		var err error
		w.k, err = w.Keep("sim")
		require.NoError(w, err)
		tell(w.link(tradesOnly), trade("A-B", "6"))
		close(slow.hold)
		<-slow.done
		assert.Equal(w, "A-B 1, A-B 2, A-B 3, A-B 4, lost 1, A-B 6, end", slow.saw())
		assert.Equal(w, []error{retired}, slow.ends)
		assert.Empty(w, w.followers)
		for range w.Follow(w.Context(), 1) {
			break
		}
		assert.Empty(w, w.followers)
	})
}
