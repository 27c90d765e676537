package ticker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// What is compared is counted, and what is found is said with how long it stood.
func TestAudit(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.audited("5")
		assert.Equal(t, time.Second, w.Status().Audit.Round)
		w.at(2)
		w.answer(l, 1.5, trade("A-B", "5.00"))
		assert.Equal(t, Audit{Probes: 1, Round: time.Second}, w.Status().Audit, "equal")
		assert.Equal(t, []Proof{{"A-B", w.moment(2)}}, w.k.Unproved(nil))
		w.at(4)
		w.answer(l, 3, trade("A-B", "6"))
		assert.Empty(t, w.k.Unproved(nil), "while the stream owes it")
		w.looks(l, 9)
		assert.Zero(t, w.Status().Audit.Mismatches, "heard at 9 for the first time")
		w.at(10)
		found := w.k.Mismatches(nil)
		assert.Equal(t, []Mismatch{{Market: "A-B", Link: l, Since: w.moment(2)}}, found)
		assert.Equal(t, Audit{Probes: 2, Mismatches: 1, Worst: 8 * time.Second, Round: time.Second}, w.Status().Audit)
		assert.ErrorIs(t, w.Status().LastError, ErrMismatch)
		assert.Equal(t, REST, w.ticker().Trade.Source)
		assert.Equal(t, w.moment(4), w.ticker().Trade.Received)

		w.at(11)
		w.answer(l, 10.5, trade("A-B", "7"))
		w.looks(l, 16)
		w.at(17)
		found = w.k.Mismatches(nil)
		assert.Equal(t, []Mismatch{{Market: "A-B", Link: l, Since: w.moment(4), Silent: true}}, found, "the stream tells it no more")
		w.k.Audit(0, false)
		assert.Zero(t, w.Status().Audit.Round)
	})
}

func (w *world) ticker() Ticker {
	t, _ := w.Get("A-B")
	return t
}

// An answer with a higher key is taken at once. That the stream should have told it
// is counted all the same, though later answers agree with what is then held.
func TestAuditWithKeys(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		w.k.Audit(time.Second, true)
		l := w.link(tradesOnly)
		tell(l, keyed("5", 50))
		for _, key := range []uint64{49, 50} {
			w.answer(l, 0, keyed("4", key)) // older, or the same
		}
		w.at(3)
		w.answer(l, 2, keyed("6", 60))
		assert.Equal(t, "6", w.price())
		w.at(4)
		w.answer(l, 3.5, keyed("6", 60))
		w.answer(l, 3.5, keyed("7", 70))
		assert.Equal(t, "7", w.price())
		assert.Equal(t, 1, w.looks(l, 10))
		assert.Equal(t, "7", w.price(), "what was taken since stays")

		w.at(11)
		w.answer(l, 10.5, keyed("8", 80))
		w.looks(l, 12)
		tell(l, keyed("6.5", 65)) // below: explains nothing
		tell(l, keyed("8", 80))
		assert.Equal(t, 1, w.looks(l, 20), "told, and so explained")
	})
}

// What an answer confirmed stays when another has a higher key: the stream owes it,
// and something below is not it.
func TestAuditOfWhatWasConfirmed(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		w.k.Audit(time.Second, true)
		l := w.link(tradesOnly)
		w.answer(l, 0, keyed("5", 50))
		w.at(2)
		w.answer(l, 1, keyed("6", 60))
		assert.Equal(t, "5", w.price())
		tell(l, keyed("5.5", 55))
		assert.Equal(t, 1, w.looks(l, 10))
		assert.Equal(t, "6", w.price())
	})
}

// What nobody can owe any more is forgotten: another link has taken over, the market
// is halted, or its keys are in doubt.
func TestAuditForgets(t *testing.T) {
	for name, f := range map[string]func(w *world, l *Link) *Link{
		"closed": func(w *world, l *Link) *Link { l.Close(nil); return w.link(tradesOnly) },
		"halted": func(w *world, l *Link) *Link { w.k.List([]Listed{{"A-B", false}}, w.moment(4)); return l },
		"agreed": func(w *world, l *Link) *Link { w.answer(l, 4, trade("A-B", "5")); return l },
		"no run": func(w *world, l *Link) *Link { w.k.Audit(0, false); l.Close(nil); return l },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, 0, func(w *world) {
				l := w.audited("5")
				w.at(3)
				w.answer(l, 2.5, trade("A-B", "6"))
				w.at(4)
				assert.Zero(t, w.looks(f(w, l), 20))
				assert.Equal(t, "5", w.price())
			})
		})
	}
}
