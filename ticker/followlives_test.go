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
)

// listener follows in its own goroutine, reading one change for each that it is let
// have, and writes down what it is told: prices, and how far the links' word reaches.
type listener struct {
	let   chan struct{}
	lines []string
}

func (w *world) lives(ctx context.Context, depth int) *listener {
	f := &listener{let: make(chan struct{}, 10)}
	w.Cleanup(func() { close(f.let) })
	go func() {
		for c := range w.FollowLives(ctx, depth, time.Second) {
			line := c.Trade.Price.String()
			switch {
			case c.Lives != nil:
				line = "heard"
				for _, l := range c.Lives {
					line += fmt.Sprintf(" %v", w.seconds(l.Heard))
					if l.Err != nil {
						line += "!"
					}
				}
			case c.Up || c.Down != nil:
				line = "link"
			case c.Skipped > 0:
				line = fmt.Sprint("lost ", c.Skipped)
			case c.End != nil:
				return
			}
			f.lines = append(f.lines, line)
			<-f.let
		}
	}()
	return f
}

// read lets the follower have n more, and returns what it has been told since.
func (f *listener) read(n int) string {
	for range n {
		f.let <- struct{}{}
	}
	synctest.Wait()
	lines := f.lines
	f.lines = nil
	return strings.Join(lines, ", ")
}

func TestFollowLivesKeepsTheOrder(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(tradesOnly)
		tell(l, trade("A-B", "1"))
		f := w.lives(w.Context(), 8)
		assert.Equal(w, "1", f.read(0))
		assert.Equal(w, "heard 0", f.read(1), "after what is known")
		w.at(0.5)
		tell(l, trade("A-B", "2"))
		w.at(1.5) // looked at at 1
		tell(l, trade("A-B", "3"))
		w.at(9)
		l.Heard(time.Now())
		assert.Equal(w, "2", f.read(1))
		assert.Equal(w, "heard 0.5", f.read(1), "not what was heard since: 3 has not been told")
		assert.Equal(w, "3", f.read(1))
		w.at(10)
		assert.Equal(w, "heard 9", f.read(1), "the newest alone")
		assert.Empty(w, f.read(1))
		l.Close(errors.New("reset"))
		assert.Equal(w, "link, heard 9!", f.read(2), "at once, and the market's AsOf stands still")
	})
}

func TestFollowLivesOverAGap(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(tradesOnly)
		tell(l, trade("A-B", "1"))
		f := w.lives(w.Context(), 2)
		assert.Equal(w, "1, heard 0", f.read(1))
		for i := range 5 {
			tell(l, trade("A-B", fmt.Sprint(2+i)))
		}
		w.at(3)
		tell(l, trade("A-B", "7"))
		assert.Equal(w, "2, 3, lost 4, 7, heard 3", f.read(5), "the link's word waits for what makes good the loss")
	})
}

func TestFollowLivesEndsWithoutATimer(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		ctx, cancel := context.WithCancel(w.Context())
		f := w.lives(ctx, 2)
		assert.Equal(w, "heard", f.read(1), "nothing is known yet")
		cancel()
		f.let <- struct{}{}
		synctest.Wait()
		for range w.FollowLives(w.Context(), 0, time.Second) {
			break
		}
		w.at(5)
		assert.Empty(w, w.followers)
	})
}
