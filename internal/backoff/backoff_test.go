package backoff_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/internal/backoff"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func bounds() []time.Duration {
	return []time.Duration{
		250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second,
		8 * time.Second, 16 * time.Second, 30 * time.Second, 30 * time.Second, 30 * time.Second,
	}
}

func TestFullJitterUnderADoublingBound(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	longest, sum := make([]time.Duration, 10), make([]time.Duration, 10)
	const tries = 2000
	for range tries {
		b := backoff.Backoff{Rand: rng}
		for i, bound := range bounds() {
			d := b.Next()
			assert.GreaterOrEqual(t, d, time.Duration(0))
			assert.LessOrEqual(t, d, bound)
			longest[i] = max(longest[i], d)
			sum[i] += d
		}
	}
	for i, bound := range bounds() {
		assert.Greater(t, longest[i], bound*9/10, "all of the range is used")
		assert.InEpsilon(t, float64(bound)/2, float64(sum[i]/tries), 0.05, "evenly")
	}
}

func TestOnlyHealthSetsItBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := backoff.Backoff{Rand: rand.New(rand.NewPCG(1, 2))}
		longest := func() (d time.Duration) {
			for range 200 {
				c := b
				d = max(d, c.Next())
			}
			return d
		}
		for range 10 {
			b.Next()
			b.Up() // a connection that is made and soon fails
			time.Sleep(59 * time.Second)
		}
		assert.Greater(t, longest(), 20*time.Second)
		b.Up()
		time.Sleep(time.Minute)
		b.Down()
		time.Sleep(time.Hour)
		assert.LessOrEqual(t, longest(), 250*time.Millisecond)
		b.Next()
		time.Sleep(time.Hour) // down for long: that is no health
		b.Next()
		assert.Greater(t, longest(), 500*time.Millisecond)
		b.Up()
		time.Sleep(2 * time.Minute)
		assert.LessOrEqual(t, b.Next(), 250*time.Millisecond, "Next alone notices it too")
	})
}

func TestBoundsOfOnesOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := backoff.Backoff{Min: time.Hour, Max: time.Second, Healthy: time.Millisecond}
		assert.LessOrEqual(t, b.Next(), time.Second)
		b = backoff.Backoff{Max: time.Second, Healthy: time.Millisecond}
		for range 100 {
			assert.LessOrEqual(t, b.Next(), time.Second)
		}
		b.Up()
		time.Sleep(time.Millisecond)
		assert.LessOrEqual(t, b.Next(), 250*time.Millisecond)
	})
}
