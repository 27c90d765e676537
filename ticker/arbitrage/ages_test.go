package arbitrage

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// crossing is two places whose quotes cross, and an open signal.
func crossing(t *testing.T, opts *Options) (a, b *place, e *ear) {
	t.Helper()
	a, b = open(t, "a"), open(t, "b")
	a.quote("99", "100")
	b.quote("101", "102")
	e = listen(t, opts, a, b)
	require.Len(t, e.signals(), 1)
	return a, b, e
}

// Nothing is told any more, by anybody: the signal ends on its own when its legs
// are a minute old.
func TestStaleWithoutAnyUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, e := crossing(t, nil)
		e.at(60)
		assert.Empty(t, e.said(), "a minute is allowed")
		time.Sleep(time.Nanosecond)
		closed := e.signals()
		require.Len(t, closed, 1)
		assert.Equal(t, Stale, closed[0].Reason)
		assert.Equal(t, e.moment(60).Add(1), closed[0].At)
		assert.Equal(t, Legs(0), closed[0].Moved)
		assert.Equal(t, time.Minute+1, closed[0].Buy.Age)
	})
}

// One leg lives on, and leaves the other behind.
func TestStaleByTheDistance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, e := crossing(t, nil)
		for i := range 4 {
			e.at(float64(i + 1))
			a.heard()
			b.heard()
		}
		for _, s := range []float64{5, 7, 9} {
			e.at(s)
			a.heard()
			assert.Empty(t, e.said())
		}
		e.at(9.2)
		a.heard()
		time.Sleep(lookOpen)
		closed := e.signals()
		require.Len(t, closed, 1)
		assert.Equal(t, Stale, closed[0].Reason)
		assert.LessOrEqual(t, closed[0].At.Sub(e.moment(9.2)), lookOpen)
	})
}

// An update of the living leg closes it at once.
func TestStaleByAnUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _, e := crossing(t, nil)
		e.at(5)
		a.quote("99", "100.5")
		assert.Equal(t, "moved a>b 0.5 buy", e.said())
		e.at(5.001)
		a.quote("99", "100.4")
		assert.Equal(t, "closed a>b 0.6 buy stale", e.said())
	})
}

// Heartbeats keep a signal open for as long as nothing else happens, though no
// watcher is told of them.
func TestQuietButAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, e := crossing(t, nil)
		for i := range 600 {
			e.at(float64(i))
			a.heard()
			e.at(float64(i) + 0.5)
			b.heard()
		}
		assert.Empty(t, e.said())
		a.quote("99", "100.5")
		assert.Equal(t, "moved a>b 0.5 buy", e.said())
	})
}

// Prices that cross but are not of one time: the signal opens once they are.
func TestFreshWithoutAnyUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := open(t, "a"), open(t, "b")
		a.quote("99", "100")
		time.Sleep(6 * time.Second)
		b.quote("101", "102")
		e := listen(t, nil, a, b)
		assert.Empty(t, e.said())
		a.heard()
		assert.Empty(t, e.said(), "nobody is told of a heartbeat")
		time.Sleep(lookWaiting)
		assert.Equal(t, "opened a>b 1 none", e.said())
	})
}

func TestShortAges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, e := crossing(t, &Options{MaxAge: time.Second, MaxApart: time.Hour})
		e.at(1)
		assert.Empty(t, e.said())
		b.heard()
		time.Sleep(time.Nanosecond)
		assert.Equal(t, "closed a>b 1 none stale", e.said())
		a.heard()
		time.Sleep(lookWaiting)
		assert.Empty(t, e.said(), "both have grown old meanwhile")
	})
}
