package natskv

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// What is on its way, or was written since the look at the bucket began, is no business
// of that look: it may have seen the one before.
func TestScrubLeavesWhatIsWritten(t *testing.T) {
	q := newQueue()
	q.entry("LOADED-USD").rev = 1 // by an earlier publisher
	put(q, "QUIET-USD", 1)
	put(q, "BUSY-USD", 1)
	put(q, "FLYING-USD", 1)
	for rev := range uint64(2) {
		e, _ := q.take(9)
		q.wrote(e, 2+rev)
	}
	flying, _ := q.take(9)
	doubts := q.resting()
	assert.Len(t, doubts, 2, "quiet and busy")
	put(q, "BUSY-USD", 2)
	busy, _ := q.take(9)
	assert.Equal(t, 1, q.spoil(doubts))

	q.wrote(busy, 9)
	q.wrote(flying, 10)
	e, _ := q.take(9)
	assert.Nil(t, e)
	quiet := q.entry("QUIET-USD")
	assert.Equal(t, []*entry{quiet}, q.broken)
	q.beat(&beat{Links: []line{{Heard: 1}}})
	q.mended(quiet, 0)
	e, b := q.take(9)
	assert.Same(t, quiet, e)
	assert.Nil(t, b, "a heartbeat waits for what it vouches for")
	q.wrote(quiet, 11)
	_, b = q.take(9)
	assert.NotNil(t, b)

	doubts = q.resting()
	put(q, "BUSY-USD", 3)
	e, _ = q.take(9)
	q.wrote(e, 12)
	delete(doubts, "m.QUIET-USD")
	delete(doubts, "m.FLYING-USD")
	assert.Zero(t, q.spoil(doubts), "busy was written meanwhile")
}
