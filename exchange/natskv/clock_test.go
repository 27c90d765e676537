package natskv

import (
	stdflag "flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var seed = stdflag.Uint64("seed", 0, "of the random tests; 0: another one each time")

// seeded returns a source of randomness, and has a failing test name its seed.
func seeded(t *testing.T) *rand.Rand {
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("-seed %d", s)
		}
	})
	return rand.New(rand.NewPCG(s, 1))
}

// far is a publisher's clock as it truly is, and what its heartbeats take.
type far struct {
	began     time.Time // of ours, when it showed zero
	rate      float64   // of the two clocks, less one
	there     time.Duration
	here      time.Duration // the way from the broker takes, at least
	line      timeline
	revision  uint64
	took      time.Duration
	came      time.Time
	measuring time.Time     // when the message went off that measures the way
	trip      time.Duration // what it takes
}

func (f *far) shows(at time.Time) tick {
	return tick(float64(at.Sub(f.began)) * (1 + f.rate))
}

func (f *far) truly(shown tick) time.Time {
	return f.began.Add(time.Duration(float64(shown) / (1 + f.rate)))
}

// beat sends a heartbeat that is late by so much on its way to the broker, and from it.
// What measures the way back is as late as the heartbeat.
func (f *far) beat(at time.Time, lateThere, lateHere time.Duration) {
	b := beat{Now: f.shows(at), Of: f.revision, Took: f.took}
	came := at.Add(f.there + lateThere + f.here + lateHere)
	if came.Before(f.came) {
		came = f.came // it cannot overtake
	}
	f.came = came
	f.revision++
	f.took = 2*f.there + lateThere
	if !f.measuring.IsZero() {
		f.line.took(f.measuring, f.trip)
		f.measuring = time.Time{}
	}
	if f.line.hear(&b, f.revision, came, true) {
		f.measuring, f.trip = came, f.here+came.Sub(at.Add(f.there+lateThere))
	}
}

// However the clocks run and whatever is late on either way, no moment is told too
// late, and once a heartbeat was measured that has come as fast as any can, none much
// too early.
func TestTimelineIsNeverTooYoung(t *testing.T) {
	r := seeded(t)
	for range 50 {
		began := time.Now()
		f := far{
			began: began.Add(-time.Duration(r.Int64N(int64(48 * time.Hour)))), rate: (r.Float64()*2 - 1) / drift,
			there: time.Duration(r.Int64N(int64(100 * time.Millisecond))), here: time.Duration(r.Int64N(int64(100 * time.Millisecond))),
		}
		late := func() time.Duration {
			if r.IntN(2) > 0 {
				return 0
			}
			return time.Duration(r.ExpFloat64() * float64(200*time.Millisecond))
		}
		at := began
		for range 2000 {
			at = at.Add(250 * time.Millisecond)
			if r.IntN(500) == 0 { // one of the two stood still; for longer, and the stream has ended
				at = at.Add(time.Duration(r.Int64N(int64(2 * time.Second))))
			}
			f.beat(at, late(), late())
			if !f.line.heard() {
				continue
			}
			ago := time.Duration(r.Int64N(int64(time.Minute)))
			shown := f.shows(f.line.last.Add(-ago))
			told, truly := f.line.at(shown), f.truly(shown)
			require.False(t, told.After(truly.Add(ago/drift)), "told %v too late", told.Sub(truly))
		}
		require.True(t, f.line.heard())
		shown := f.shows(at)
		for range 30 {
			at = at.Add(250 * time.Millisecond)
			f.beat(at, 0, 0)
			shown = f.shows(at)
		}
		early := f.truly(shown).Sub(f.line.at(shown))
		assert.GreaterOrEqual(t, early, time.Duration(0))
		assert.LessOrEqual(t, early, f.there+f.here+3*(clockSamples+1)*2*clockEvery/drift)
	}
}

// What waited on the way until we joined tells nothing of the clock, nor does what
// waited at the publisher's until its connection was back.
func TestTimelineAfterAWait(t *testing.T) {
	const wait = 3 * time.Second
	began := time.Now()
	var line timeline
	joined := began.Add(wait)
	assert.True(t, line.hear(&beat{Now: 0}, 1, joined, true))
	assert.False(t, line.hear(&beat{Now: tick(wait / 2), Of: 1}, 2, joined, true), "it waited, too")
	line.took(joined.Add(-1), time.Millisecond)
	assert.False(t, line.fenced, "that went off before")
	line.took(joined, time.Millisecond)
	assert.False(t, line.heard())

	at := joined.Add(time.Second)
	assert.True(t, line.hear(&beat{Now: tick(at.Sub(began) - wait)}, 3, at, true), "the broker had it just now")
	line.took(at, time.Millisecond)
	assert.False(t, line.heard(), "nobody knows how long it took there")
	line.hear(&beat{Now: tick(at.Sub(began)), Of: 3, Took: wait}, 4, at, true)
	require.True(t, line.heard())
	assert.Equal(t, began.Add(-wait-time.Millisecond), line.at(0), "it may have taken that long to come")
	at = at.Add(time.Second)
	assert.True(t, line.hear(&beat{Now: tick(at.Sub(began)), Of: 4}, 5, at, true))
	line.took(at, time.Millisecond)
	line.hear(&beat{Now: tick(at.Sub(began)), Of: 5}, 6, at, true)
	assert.WithinDuration(t, began.Add(-time.Millisecond), line.at(0), time.Millisecond, "that one came at once")

	line = timeline{}
	line.hear(&beat{}, 1, began, true)
	line.took(began, 0)
	line.hear(&beat{}, 2, began, true)
	line.took(began, 0)
	line.hear(&beat{Of: 1}, 3, began, true)
	assert.False(t, line.heard(), "how long the one before took to the broker will never be known")
	line.lost()
	line.hear(&beat{Of: 3}, 4, began, true)
	assert.False(t, line.heard(), "how long it took from the broker is not known")
}

// A heartbeat that is late because nothing came for long, or because it stood in line
// with others, is not taken for one that came at once.
func TestTimelineAfterAStall(t *testing.T) {
	began := time.Now()
	var line timeline
	var revision uint64
	hear := func(shown, came time.Duration) {
		at := began.Add(came)
		revision++
		if line.hear(&beat{Now: tick(shown), Of: revision - 1}, revision, at, true) {
			line.took(at, 0)
		}
	}
	at := time.Duration(0)
	for range 20 {
		at += time.Second
		hear(at, at)
	}
	require.True(t, line.heard())
	const stall = time.Minute
	for shown := at; shown < at+stall; shown += time.Second {
		hear(shown, at+stall+shown/1e9)
		assert.WithinDuration(t, began.Add(shown), line.at(tick(shown)), stall/drift*2)
	}

	line = timeline{}
	for shown := time.Duration(0); shown < stall; shown += time.Second {
		hear(shown, stall+shown/1e9)
	}
	assert.False(t, line.heard(), "they stood in line")
}

// A heartbeat that was late alone, of which the measuring shows nothing, is known by
// those beside it.
func TestTimelineOfALateOne(t *testing.T) {
	began := time.Now()
	for late := range 3 {
		var line timeline
		for n := range 4 {
			sent := time.Duration(n) * time.Second / 4
			came := began.Add(sent)
			if n == late {
				came = came.Add(time.Second / 4)
			}
			if line.hear(&beat{Now: tick(sent), Of: uint64(n)}, uint64(n)+1, came, true) {
				line.took(came, 0)
			}
		}
		require.True(t, line.heard())
		assert.WithinDuration(t, began, line.at(0), time.Millisecond, late)
	}
}
