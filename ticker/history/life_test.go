package history

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var seed = flag.Uint64("seed", 0, "of the random tests; 0: another one each time")

// random returns a source of random numbers, and prints its seed if the test fails.
func random(t *testing.T) *rand.Rand {
	t.Helper()
	n := *seed
	if n == 0 {
		n = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("go test -run '^%s$' -seed %d", t.Name(), n)
		}
	})
	return rand.New(rand.NewPCG(n, 1))
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// What the rows say of every moment is what had been heard by then, give or take
// silence; at the last moment seen it is never more.
func TestLivesSayWhatWasHeard(t *testing.T) {
	r := random(t)
	for range 200 {
		every := time.Duration(1+r.IntN(15000)) * time.Millisecond // a frame that often
		var late time.Duration                                     // and that late
		var lives []life
		var l life
		heard, next := noon, noon
		seen := map[time.Time]time.Time{}
		for at := noon; at.Before(noon.Add(3 * time.Minute)); at = at.Add(time.Second) {
			if r.IntN(40) == 0 {
				late = time.Duration(r.IntN(20000)) * time.Millisecond
			}
			for !next.After(at) {
				if sent := next.Add(-late); sent.After(heard) {
					heard = sent
				}
				next = next.Add(every)
			}
			var another bool
			if l, another = l.extend(at, heard); another {
				lives = append(lives, l)
			}
			lives[len(lives)-1] = l
			seen[at] = heard
			assert.False(t, l.at(at).After(heard), "never fresher than it was")
		}
		for at, heard := range seen {
			n := 0
			for n < len(lives) && !lives[n].since.After(at) {
				n++
			}
			got := lives[n-1].at(at)
			assert.LessOrEqual(t, got.Sub(heard).Abs(), silence, "%v: %v for %v", at, got, heard)
		}
	}
}

func TestQuietLinkTakesOneRow(t *testing.T) {
	var l life
	rows := 0
	for i := range 600 {
		var another bool
		if l, another = l.extend(noon.Add(time.Duration(i)*time.Second+30*time.Millisecond), noon.Add(time.Duration(i)*time.Second)); another {
			rows++
		}
	}
	assert.Equal(t, 1, rows)
}
