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

// viewer watches in its own goroutine, and writes down what it is told. While it
// is held it is stuck in its loop body.
type viewer struct {
	told []string
	ends []error
	hold chan struct{}
	done chan struct{}
}

func (w *world) viewer(ctx context.Context, ms ...Market) *viewer {
	v := &viewer{done: make(chan struct{})}
	go func() {
		defer close(v.done)
		for c := range w.Watch(ctx, ms...) {
			v.told = append(v.told, v.line(c))
			if v.hold != nil {
				<-v.hold
			}
		}
	}()
	synctest.Wait()
	return v
}

func (v *viewer) line(c Change) string {
	switch {
	case c.End != nil:
		v.ends = append(v.ends, c.End)
		return "end"
	case c.Down != nil:
		return "down"
	case c.Up:
		return "up"
	case c.Removed:
		return string(c.Market) + " removed"
	}
	return string(c.Market) + " " + c.Trade.Price.String()
}

// saw returns what the viewer was told since it was last asked.
func (v *viewer) saw() string {
	synctest.Wait()
	s := strings.Join(v.told, ", ")
	v.told = nil
	return s
}

func TestWatchTellsWhatIsKnownFirst(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(tradesOnly, "E-F", "C-D", "A-B", "G-H")
		tell(l, trade("E-F", "5"), trade("A-B", "1"), trade("C-D", "3"))
		all, some := w.viewer(w.Context()), w.viewer(w.Context(), "E-F", "A-B", "G-H", "E-F")
		assert.Equal(w, "A-B 1, C-D 3, E-F 5", all.saw())
		assert.Equal(w, "A-B 1, E-F 5", some.saw())
		tell(l, trade("C-D", "4"), trade("A-B", "2"), trade("G-H", "7"))
		assert.Equal(w, "C-D 4, A-B 2, G-H 7", all.saw())
		assert.Equal(w, "A-B 2, G-H 7", some.saw())
		l.Heard(time.Now().Add(time.Second))
		w.answer(l, 0, trade("A-B", "9"))
		assert.Empty(w, all.saw(), "a moving AsOf is no change, nor is an answer under the stream")
	})
}

func TestWatchSkipsToTheNewest(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(tradesOnly, "A-B", "C-D")
		tell(l, trade("A-B", "1"))
		v := w.viewer(w.Context())
		v.hold = make(chan struct{})
		tell(l, trade("A-B", "2")) // it takes this one, and is stuck with it
		synctest.Wait()
		for i := range 10_000 {
			tell(l, trade("A-B", fmt.Sprint(3+i)), trade("C-D", fmt.Sprint(i)))
		}
		queued := 0
		for _, n := range w.watchers[0].behind {
			queued += count(n != notIn)
		}
		assert.Equal(w, 2, queued, "one change a market, however many came")
		close(v.hold)
		assert.Equal(w, "A-B 1, A-B 2, A-B 10002, C-D 9999", v.saw())
	})
}

func TestWatchRemovalAndReturn(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(tradesOnly)
		tell(l, trade("A-B", "1"))
		v, slow := w.viewer(w.Context(), "A-B"), w.viewer(w.Context())
		slow.hold = make(chan struct{})
		w.at(1)
		tell(l, trade("A-B", "2"))
		synctest.Wait()
		w.at(2)
		w.list()
		w.at(3)
		w.list()
		assert.Equal(w, "A-B 1, A-B 2, A-B removed", v.saw())
		w.list("A-B")
		assert.Empty(w, v.saw())
		close(slow.hold)
		assert.Equal(w, "A-B 1, A-B 2, A-B removed", slow.saw(), "though it is listed again by now")
		tell(l, trade("A-B", "3"))
		assert.Equal(w, "A-B 3", v.saw())
		assert.Equal(w, "A-B 3", slow.saw())
	})
}

func TestWatchConnections(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		v := w.viewer(w.Context())
		some := w.viewer(w.Context(), "A-B", "C-D")
		v.hold, some.hold = make(chan struct{}), make(chan struct{})
		l := w.link(tradesOnly, "A-B", "C-D", "E-F")
		synctest.Wait() // they take this one, and are stuck with it
		tell(l, trade("A-B", "1"))
		l.Close(errors.New("reset"))
		l.Close(errors.New("again"))
		close(v.hold)
		close(some.hold)
		assert.Equal(w, "up, down, A-B 1", v.saw(), "a connection is one change, and told first")
		assert.Equal(w, "up, down, A-B 1", some.saw())
		w.link(tradesOnly, "A-B", "C-D", "E-F").Close(nil)
		assert.Equal(w, "up", v.saw(), "what the engine wished is not a loss")
	})
}

func TestWatchEnds(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(tradesOnly, "A-B", "C-D")
		tell(l, trade("A-B", "1"))
		gone := errors.New("gave up")
		ctx, cancel := context.WithCancelCause(w.Context())
		byCtx, byRun, slow := w.viewer(ctx), w.viewer(w.Context(), "A-B"), w.viewer(w.Context())
		cancel(gone)
		<-byCtx.done
		assert.Equal(w, []error{gone}, byCtx.ends)
		slow.hold = make(chan struct{})
		tell(l, trade("A-B", "2"))
		synctest.Wait()
		tell(l, trade("C-D", "3"), trade("A-B", "4"))
		retired := errors.New("retired")
		w.k.End(retired)
		<-byRun.done
		assert.Equal(w, "A-B 1, A-B 2, A-B 4, end", byRun.saw())
		late := w.viewer(w.Context())
		assert.Equal(w, "A-B 4, C-D 3, end", late.saw(), "after the end there is still what is known")
		var err error
		w.k, err = w.Keep("sim") // a second run does not hide the end of the first
		require.NoError(w, err)
		tell(w.link(tradesOnly, "A-B"), trade("A-B", "5"))
		close(slow.hold)
		<-slow.done
		assert.Equal(w, "A-B 1, A-B 2, C-D 3, A-B 5, end", slow.saw())
		assert.Equal(w, []error{retired}, slow.ends)
		assert.Empty(w, w.watchers)
		assert.Empty(w, w.slots[0].seldom().watches)
	})
}

func TestWatchBeforeTheMarketIsListed(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		v := w.viewer(w.Context(), "Z-Z")
		all := w.viewer(w.Context())
		_, err := w.Trade("Z-Z", time.Hour)
		require.ErrorIs(w, err, ErrUnknown)
		assert.Zero(w, w.Status().Total, "asking for a market does not list it")
		w.list("A-B", "Z-Z")
		l := w.link(tradesOnly, "A-B", "Z-Z")
		v.saw()
		all.saw()
		tell(l, trade("Z-Z", "1"), trade("A-B", "2"))
		assert.Equal(w, "Z-Z 1", v.saw())
		assert.Equal(w, "Z-Z 1, A-B 2", all.saw())
	})
}

func TestWatchLeavesTheLoop(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(tradesOnly)
		tell(l, trade("A-B", "1"))
		seq := w.Watch(w.Context())
		for range 2 { // each iteration watches anew
			for c := range seq {
				assert.Equal(w, "1", c.Trade.Price.String())
				break
			}
		}
		assert.Empty(w, w.watchers)
		ctx, cancel := context.WithCancel(w.Context())
		cancel()
		for c := range w.Watch(ctx) {
			require.ErrorIs(w, c.End, context.Canceled)
		}
	})
}
