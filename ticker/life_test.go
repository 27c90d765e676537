package ticker

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestLives(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		assert.Empty(w, w.Lives())
		l := w.link(cachedTrades, "A-B", "C-D")
		w.at(1)
		o := w.link(tradesOnly, "C-D", "E-F")
		w.at(2)
		tell(l, trade("A-B", "1"))
		reset := errors.New("reset")
		l.Close(reset)
		l.Heard(w.moment(9))
		w.at(3)
		o.Heard(w.moment(2.5))
		o.Heard(w.moment(2))
		assert.Equal(w, []Life{
			{Link: 1, Feed: cachedTrades, Opened: w.start, Heard: w.moment(2), Markets: 1, Closed: w.moment(2), Err: reset},
			{Link: 2, Feed: tradesOnly, Opened: w.moment(1), Heard: w.moment(2.5), Markets: 2},
		}, w.Lives())
		w.link(tradesOnly, "A-B").Close(nil)
		got := w.Lives()[2]
		assert.Equal(w, Life{Link: 3, Feed: tradesOnly, Opened: w.moment(3), Markets: 1, Closed: w.moment(3)}, got)
	})
}

// A program that runs for months reconnects often: of what is over, some is kept.
func TestLivesAreBounded(t *testing.T) {
	var b Book
	open := b.Link([]Market{"A-B"}, tradesOnly)
	for range 1000 {
		b.Link([]Market{"C-D"}, tradesOnly).Close(nil)
	}
	open.Heard(time.Now())
	lives := b.Lives()
	assert.Len(t, lives, 1+pastLives)
	assert.False(t, lives[0].Heard.IsZero())
	assert.EqualValues(t, 1001, lives[pastLives].Link)
	assert.LessOrEqual(t, cap(b.past), 2*pastLives)
}
