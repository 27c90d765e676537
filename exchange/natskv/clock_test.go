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

// far is a publisher's clock as it truly is, and the way from it.
type far struct {
	began time.Time     // of ours, when it showed zero
	rate  float64       // of the two clocks, less one
	way   time.Duration // the least that a heartbeat takes from the broker
	put   time.Duration // and to it
}

func (f *far) shows(at time.Time) tick {
	return tick(float64(at.Sub(f.began)) * (1 + f.rate))
}

func (f *far) truly(shown tick) time.Time {
	return f.began.Add(time.Duration(float64(shown) / (1 + f.rate)))
}

// However the clocks run and whatever is late, no moment is told too late, and once
// a heartbeat has come as fast as any can, none much too early.
func TestTimelineIsNeverTooYoung(t *testing.T) {
	r := seeded(t)
	for range 50 {
		began := time.Now()
		f := far{
			began: began.Add(-time.Duration(r.Int64N(int64(48 * time.Hour)))), rate: (r.Float64()*2 - 1) / drift,
			way: time.Duration(r.Int64N(int64(100 * time.Millisecond))), put: time.Duration(r.Int64N(int64(100 * time.Millisecond))),
		}
		trip := f.way + time.Duration(r.Int64N(int64(100*time.Millisecond)))
		var line timeline
		at := began
		for n := range 2000 {
			at = at.Add(250 * time.Millisecond)
			if r.IntN(500) == 0 { // one of the two stood still; for longer, and the stream has ended
				at = at.Add(time.Duration(r.Int64N(int64(2 * time.Second))))
			}
			late := time.Duration(0)
			if n > 0 && r.IntN(2) > 0 {
				late = time.Duration(r.ExpFloat64() * float64(200*time.Millisecond))
			}
			if n%4 == 0 {
				line.took(trip+late, at) // a way and back
				line.put(f.put+late, at)
			}
			if n == 0 || r.IntN(10) > 0 {
				came := at.Add(f.put + f.way + late)
				if came.Before(line.last) {
					came = line.last // it cannot overtake
				}
				line.hear(f.shows(at), came)
			}
			ago := time.Duration(r.Int64N(int64(time.Minute)))
			shown := f.shows(line.last.Add(-ago))
			told, truly := line.at(shown), f.truly(shown)
			require.False(t, told.After(truly.Add(ago/drift)), "told %v too late", told.Sub(truly))
		}
		shown := f.shows(at)
		for range 10 {
			at = at.Add(250 * time.Millisecond)
			line.took(trip, at)
			line.hear(f.shows(at), at.Add(f.put+f.way))
			shown = f.shows(at)
		}
		early := f.truly(shown).Sub(line.at(shown))
		assert.GreaterOrEqual(t, early, time.Duration(0))
		assert.LessOrEqual(t, early, f.put+trip+2*clockWindow/drift)
	}
}
