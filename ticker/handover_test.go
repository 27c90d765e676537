package ticker

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A connection is replaced, as an engine does it: nobody has to be asked, and
// watchers see nothing of it.
func TestHandOver(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		old := w.link(tradesOnly, "A-B", "C-D")
		tell(old, trade("A-B", "1"), trade("C-D", "5"))
		watch := w.watch(nil)
		w.at(1)
		next := w.link(tradesOnly, "A-B", "C-D")
		assert.Equal(w, 2, w.Status().Connections)
		assert.Equal(w, [2]int{2, 2}, takeOver(next), "nothing is proved yet")
		for s := 2.0; s <= 5; s++ { // A-B moves, C-D is quiet
			w.tell(s, old, trade("A-B", fmt.Sprint(s)))
			w.tell(s+0.1, next, trade("A-B", fmt.Sprint(s)))
		}
		assert.Equal(w, [2]int{1, 0}, takeOver(next), "C-D has passed")
		old.Close(nil)
		assert.Equal(w, "5", w.price())
		assert.EqualValues(w, 5, w.asOf())
		w.tell(6, next, trade("A-B", "6"))
		assert.Equal(w, "5", w.price(), "the next link might still owe it")
		assert.EqualValues(w, 5, w.asOf())
		w.hear(7, next)
		assert.Zero(w, takeOver(next))
		assert.Equal(w, "6", w.price())
		assert.EqualValues(w, 7, w.asOf(), "it has stood still for grace")
		st := w.Status()
		assert.Equal(w, Live, st.State)
		assert.Equal(w, [5]uint64{}, [5]uint64{uint64(st.Reconnects), st.Stray, st.Late, st.Double, uint64(st.Backfill.Wanted)})
		assert.False(w, watch.connected, "watchers see nothing")
		assert.Zero(w, takeOver(next))
		next.Close(nil)
		assert.Zero(w, takeOver(next))
	})
}

// What breaks in the middle of it is no loss as long as the other is open.
func TestHandOverBroken(t *testing.T) {
	for _, c := range []struct {
		broken string
		until  float64 // when it breaks
		asOf   float64
		wanted int
	}{
		{"old, before it was heard for long enough", 2.5, 2.5, 1},
		{"old, after that", 4.5, 9, 0},
		{"next, before anything has passed", 2.5, 9, 0},
		{"next, in charge", 4.5, 4, 1}, // nobody kept what the old one has told meanwhile
	} {
		inWorld(t, 0, func(w *world) {
			old, next := w.overlap(tradesOnly)
			watch := w.watch(nil)
			w.hear(min(c.until, 4), old, next)
			next.TakeOver()
			w.at(c.until)
			if strings.HasPrefix(c.broken, "old") {
				old.Heard(w.moment(c.until))
				old.Close(errors.New("reset"))
			} else {
				next.Close(errors.New("reset"))
			}
			for s := 5.0; s <= 9; s++ {
				w.hear(s, old, next)
				next.TakeOver()
				old.TakeOver()
			}
			assert.Equal(w, c.asOf, w.asOf(), c.broken)
			assert.Equal(w, c.wanted, w.Status().Backfill.Wanted, c.broken)
			assert.Equal(w, 1, w.Status().Connections, c.broken)
			assert.False(w, watch.connected && watch.conn.Down != nil, c.broken)
			assert.EqualError(w, w.Status().LastError, "reset", c.broken)
		})
	}
}

// What a relay tells says when its origin read it, which proves nothing about the
// relay's own links: the delay counts from the passing.
func TestHandOverRelay(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		f := tradesOnly
		f.Relay = true
		relayed := func(price string) Update {
			u := trade("A-B", price)
			u.Trade.Stamp = Stamp{AsOf: w.moment(0), Received: w.moment(-60), Source: Stream, Kind: EveryChange}
			return u
		}
		old := w.link(f)
		tell(old, relayed("1"))
		next := w.link(f)
		w.tell(6, old, relayed("2"))
		w.hear(6, next)
		next.TakeOver()
		w.tell(6.1, old, relayed("3"))
		w.tell(6.2, next, relayed("2"))
		old.Close(nil)
		w.hear(8, next)
		next.TakeOver()
		assert.Equal(w, "3", w.price())
		w.tell(8.1, next, relayed("3"))
		w.hear(8.3, next)
		assert.Zero(w, takeOver(next))
		assert.Equal(w, "3", w.price())
		tell(next, relayed("4"))
		assert.Equal(w, "4", w.price())
	})
}

func takeOver(l *Link) [2]int {
	left, unsure := l.TakeOver()
	return [2]int{left, unsure}
}
