package natskv

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A tenure ends before the first heartbeat after a sleep is written: by it, what was
// written before would look as fresh as then. A wall clock that is slowly set, or set
// back, is no sleep.
func TestNoHeartbeatAfterASleep(t *testing.T) {
	var mono, wall time.Duration
	o := (*Options)(nil).withDefaults()
	w := &writer{q: newQueue(), b: &bucket{}, o: &o, mend: make(chan struct{}, 1), flight: make(map[*nats.Msg]*entry)}
	w.awake.since = func() (time.Duration, time.Duration) { return mono, wall }
	beats := func() (*nats.Msg, error) {
		w.q.beat(&beat{})
		return w.next()
	}
	for _, passed := range []struct{ mono, wall time.Duration }{{1, 1}, {1, 2}, {1, 2}, {2, 1}, {1, -99}, {1, 1}} {
		mono += passed.mono * time.Second
		wall += passed.wall * time.Second
		m, err := beats()
		require.NoError(t, err)
		w.q.wrote(w.landed(m), 1)
		w.q.due = nil // as soon again
	}
	mono += time.Second
	wall += 2*time.Second + 1
	w.q.beat(&beat{})
	require.ErrorIs(t, w.drain(t.Context()), errSlept)
	assert.Empty(t, w.flight)
}

// What came before a tenure is as old as the clock says that makes it the older.
func TestBefore(t *testing.T) {
	assert.EqualValues(t, -60, before(-1, -60), "the machine slept")
	assert.EqualValues(t, -60, before(-60, -1), "its wall clock was set back")
	assert.EqualValues(t, 5, before(5, 1))
	assert.EqualValues(t, 5, before(5, 9))
}
