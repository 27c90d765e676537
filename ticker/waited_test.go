package ticker

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// A program that stood still reads what waited for it: no AsOf takes that for new.
func TestWaited(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(tradesOnly)
		tell(l, keyed("1", 1))
		w.at(3)
		l.Heard(w.moment(3))
		assert.EqualValues(t, 3, w.asOf())
		w.at(8)
		l.Waited(w.moment(3.5), w.moment(10))
		l.Heard(w.moment(8))
		assert.EqualValues(t, 3.5, w.asOf())
		w.at(9)
		l.Waited(w.moment(8.5), w.moment(9.5)) // within that time
		tell(l, keyed("2", 2))
		assert.Equal(t, "2", w.price(), "it is told all the same")
		assert.EqualValues(t, 3.5, w.asOf())
		w.at(10)
		l.Heard(w.moment(10))
		assert.EqualValues(t, 10, w.asOf())
	})
}
