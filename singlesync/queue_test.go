package singlesync

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

func TestQueueOrder(t *testing.T) {
	known := func(m ticker.Market, asOf time.Duration) ticker.Want {
		return ticker.Want{Market: m, Known: true, AsOf: after(asOf)}
	}
	for _, c := range []struct {
		name  string
		first []ticker.Market
		set   func(*shelf)
		want  []ticker.Market
	}{
		{"the list's", nil, func(*shelf) {}, ms("A", "B", "C", "D")},
		{"the least likely to speak", nil, func(s *shelf) { s.volumes(30, 10, 40, 20) }, ms("B", "D", "A", "C")},
		{"equal volumes as listed", nil, func(s *shelf) { s.volumes(3, 1, 3, 1) }, ms("B", "D", "A", "C")},
		{"First, in its order", ms("D", "NONE", "B"), func(*shelf) {}, ms("D", "B", "A", "C")},
		{"First before volumes", ms("C"), func(s *shelf) { s.volumes(30, 10, 40, 20) }, ms("C", "B", "D", "A")},
		{"what readers asked for", nil, func(s *shelf) { s.asked = ms("C", "D") }, ms("C", "D", "A", "B")},
		{"First before readers", ms("B"), func(s *shelf) { s.asked = ms("C", "B") }, ms("B", "C", "A", "D")},
		{"readers before volumes", nil, func(s *shelf) { s.volumes(3, 1, 4, 2); s.asked = ms("C") }, ms("C", "B", "D", "A")},
		{"unknown before known, oldest first", ms("A"), func(s *shelf) {
			s.want["A"], s.want["B"], s.want["C"] = known("A", 30*time.Second), known("B", 20*time.Second), known("C", 10*time.Second)
		}, ms("D", "A", "C", "B")},
		{"what the stream has told is left out", nil, func(s *shelf) { s.told("A", "C") }, ms("B", "D")},
		{"what is not in the list last", nil, func(s *shelf) { s.list = append(s.list[1:], s.list[0]) }, ms("B", "C", "D", "A")},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShelf("A", "B", "C", "D")
			c.set(s)
			assert.Equal(t, c.want, taken(newQueue(s, c.first, 0), s, start))
		})
	}
}

// The choice is as late as it can be: what is told while others are asked for has
// no turn.
func TestQueueLooksUpEachTurn(t *testing.T) {
	s := newShelf("A", "B", "C", "D")
	q := newQueue(s, nil, 0)
	require.True(t, q.ready(start, false, s.trading))
	s.told("A")
	m, _ := q.take(start, false, s.trading)
	assert.Equal(t, ticker.Market("B"), m)
	s.told("C")
	assert.Equal(t, ms("D"), taken(q, s, start))
}

// In flight a market is not asked for again, whoever wants it; when its answer
// changes nothing it waits.
func TestQueueInFlight(t *testing.T) {
	s := newShelf("A", "B")
	q := newQueue(s, ms("A"), 0)
	require.Equal(t, ms("A", "B"), taken(q, s, start))
	s.asked = ms("A", "B", "A")
	assert.Empty(t, taken(q, s, after(time.Hour)))
	q.renew()
	assert.Empty(t, taken(q, s, after(time.Hour)))
	q.answered("A", after(time.Hour)) // still wanted
	assert.Empty(t, taken(q, s, after(time.Hour)))
	s.told("B")
	q.answered("B", after(time.Hour))
	assert.Equal(t, ms("A"), taken(q, s, after(time.Hour+time.Minute)))
	assert.Empty(t, q.held["B"])
}

// A request that failed comes back later and later, and others go on meanwhile.
func TestQueueBackOff(t *testing.T) {
	s := newShelf("A", "B")
	s.told("B")
	q := newQueue(s, nil, 0)
	now := start
	var waits []time.Duration
	for range 12 {
		require.Equal(t, ms("A"), taken(q, s, now))
		q.failed("A", now, 0)
		before := now
		for !q.ready(now, false, s.trading) {
			wait := q.idle(now, time.Hour)
			require.Positive(t, wait, "no spinning")
			now = now.Add(wait)
		}
		waits = append(waits, now.Sub(before))
	}
	for i, w := range waits {
		assert.Equal(t, min(time.Second<<i, latest), w)
	}
	require.Equal(t, ms("A"), taken(q, s, now))
	q.failed("A", now, 0)
	s.want["B"] = ticker.Want{Market: "B"}
	now = now.Add(look)
	assert.Equal(t, ms("B"), taken(q, s, now))
	s.told("A")
	q.answered("A", now)
	s.want["A"] = ticker.Want{Market: "A"}
	assert.Equal(t, ms("A"), taken(q, s, now.Add(look)), "an answer ends the back-off")
}

// What goes before others does so again after a failure, although many are left;
// the rest comes back behind them.
func TestQueueFirstAgain(t *testing.T) {
	for _, c := range []struct {
		name   string
		first  []ticker.Market
		asked  []ticker.Market
		fourth ticker.Market // after A, B, C and four seconds
	}{
		{"of Options.First", ms("A"), nil, "A"},
		{"asked for by a reader", nil, ms("A"), "A"},
		{"any other", nil, nil, "D"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShelf("A", "B", "C", "D", "E", "F")
			s.asked = c.asked
			q := newQueue(s, c.first, 0)
			take := func(now time.Time) ticker.Market {
				m, ok := q.take(now, false, s.trading)
				require.True(t, ok)
				return m
			}
			require.Equal(t, ticker.Market("A"), take(start))
			q.failed("A", start, 100*time.Millisecond)
			require.Equal(t, ticker.Market("B"), take(start))
			require.Equal(t, ticker.Market("C"), take(after(time.Second)), "its time has not come")
			assert.Equal(t, c.fourth, take(after(4*time.Second)))
		})
	}
}

// A reader who asks before an answer could be of use keeps the place.
func TestQueueAskedTooEarly(t *testing.T) {
	s := newShelf("A", "B", "C")
	s.want["C"] = ticker.Want{Market: "C", NotBefore: after(1500 * time.Millisecond)}
	s.asked = ms("C")
	q := newQueue(s, nil, 0)
	m, _ := q.take(start, false, s.trading)
	require.Equal(t, ticker.Market("A"), m)
	m, _ = q.take(after(2*time.Second), false, s.trading)
	assert.Equal(t, ticker.Market("C"), m)
}

// However often readers ask, a market is in the queue once.
func TestQueueDoesNotGrow(t *testing.T) {
	s := newShelf("A", "B", "C")
	q := newQueue(s, nil, 0)
	for i := range 1000 {
		s.asked = ms("A", "B", "C")
		q.ready(after(time.Duration(i)*time.Millisecond), false, s.trading)
	}
	q.failed("A", start, time.Hour)
	for i := range 1000 {
		s.asked = ms("A", "B", "C")
		q.ready(after(time.Duration(i)*time.Second), false, s.trading)
	}
	assert.LessOrEqual(t, len(q.urgent)+len(q.parked), 3)
}

// What the stream does not follow is asked for again with what budget is left:
// after all that is unknown.
func TestQueueRefresh(t *testing.T) {
	s := newShelf("A", "B", "C", "D")
	s.told("B", "C", "D")
	s.old = ms("D", "B")
	assert.Equal(t, ms("A"), taken(newQueue(s, nil, 0), s, start), "not unless asked to")
	q := newQueue(s, nil, time.Minute)
	require.True(t, q.ready(start, false, s.trading))
	s.old = ms("D")
	assert.Equal(t, ms("A", "D"), taken(q, s, start), "B has been told meanwhile")
	q.failed("D", start, 5*time.Second)
	s.old = ms("D", "C")
	assert.Equal(t, ms("C"), taken(q, s, after(time.Second)), "D waits")
	q.answered("C", after(time.Second))
	assert.Equal(t, ms("D"), taken(q, s, after(7*time.Second))[:1])
}

// Nothing to ask for means waiting, not looking at the Book all the time.
func TestQueueRests(t *testing.T) {
	s := newShelf("A")
	s.told("A")
	q := newQueue(s, nil, 0)
	now := start
	for range 60 {
		require.False(t, q.ready(now, false, s.trading))
		wait := q.idle(now, look)
		require.Equal(t, look, wait)
		now = now.Add(wait)
	}
	assert.LessOrEqual(t, s.looks, 61)
}
