package exchange

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"
)

func TestBudgetWindow(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) { testWindow(t, seed) })
	}
}

// testWindow spends a budget from many goroutines at once, with pauses and ended
// contexts, and looks at every window between two sendings.
func testWindow(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	burst := 1 + rng.IntN(6)
	perSecond := []float64{0.7, 3, 10, 333}[rng.IntN(4)]
	b := NewBudget(rate.Limit(perSecond), burst)
	var mu sync.Mutex
	var sent []time.Time
	var costs []int
	var wg sync.WaitGroup
	for range 40 {
		r := rand.New(rand.NewPCG(rng.Uint64(), 2))
		wg.Go(func() {
			for range 10 {
				n := 1 + r.IntN(burst)
				patience := time.Hour
				if r.IntN(4) == 0 {
					patience = time.Duration(r.IntN(5000)) * time.Millisecond
				}
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				if r.IntN(2) == 0 {
					if paid, err := b.Reserve(ctx, n); err == nil {
						ctx = paid
					}
				}
				if b.wait(ctx, n) == nil {
					mu.Lock()
					sent, costs = append(sent, time.Now()), append(costs, n)
					mu.Unlock()
				}
				cancel()
				if r.IntN(20) == 0 {
					b.Pause(time.Duration(r.IntN(3000)) * time.Millisecond)
				}
				time.Sleep(time.Duration(r.IntN(2000)) * time.Millisecond)
			}
		})
	}
	wg.Wait()
	require.Greater(t, len(sent), 100)
	for i := range sent {
		n := 0
		for j := i; j < len(sent); j++ {
			n += costs[j]
			most := float64(burst) + perSecond*(sent[j].Sub(sent[i]).Seconds()+1e-6)
			if float64(n) > most {
				t.Fatalf("seed %d: %d tokens in %v, at most %.3f", seed, n, sent[j].Sub(sent[i]), most)
			}
		}
	}
}

func TestBudgetWastesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(3, 2)
		start := time.Now()
		for range 32 {
			require.NoError(t, b.wait(t.Context(), 1))
		}
		assert.InDelta(t, 10, time.Since(start).Seconds(), 1e-6)
	})
}

func TestBudgetReserveCarries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, other := NewBudget(1, 3), NewBudget(1, 1)
		require.NoError(t, other.wait(t.Context(), 1))
		paid, err := b.Reserve(t.Context(), 3)
		require.NoError(t, err)
		assert.Equal(t, 0, b.Left())
		start := time.Now()
		child, cancel := context.WithTimeout(paid, time.Hour)
		defer cancel()
		require.NoError(t, b.wait(child, 1))
		require.NoError(t, b.wait(paid, 1))
		assert.Zero(t, time.Since(start), "it is paid for")
		require.NoError(t, b.wait(paid, 2))
		assert.InDelta(t, 1, time.Since(start).Seconds(), 1e-6, "one is carried, one waited for")
		require.NoError(t, other.wait(paid, 1))
		assert.InDelta(t, 1, time.Since(start).Seconds(), 1e-6, "another budget's tokens are of no use, and it had a second")
		require.NoError(t, other.wait(paid, 1))
		assert.InDelta(t, 2, time.Since(start).Seconds(), 1e-6)
	})
}

func TestBudgetPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(1, 3)
		start := time.Now()
		paid, err := b.Reserve(t.Context(), 1)
		require.NoError(t, err)
		b.Pause(10 * time.Second)
		b.Pause(time.Second)
		assert.Equal(t, 0, b.Left())
		go func() { time.Sleep(9 * time.Second); b.Pause(10 * time.Second) }()
		require.NoError(t, b.wait(paid, 1))
		assert.Equal(t, 19*time.Second, time.Since(start), "extended while waited for, and what was carried waits too")
		assert.Equal(t, 2, b.Left(), "and is paid again")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		b.Pause(time.Minute)
		require.ErrorIs(t, b.wait(ctx, 1), context.DeadlineExceeded)
		assert.Equal(t, 20*time.Second, time.Since(start))
	})
}

func TestBudgetPauseWhileWaitingForTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(1, 1)
		start := time.Now()
		var mu sync.Mutex
		var sent []time.Duration
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				assert.NoError(t, b.wait(t.Context(), 1))
				mu.Lock()
				sent = append(sent, time.Since(start).Round(time.Millisecond))
				mu.Unlock()
			})
		}
		time.Sleep(1500 * time.Millisecond)
		b.Pause(10 * time.Second)
		wg.Wait()
		s := time.Second
		assert.Equal(t, []time.Duration{0, s, 11500 * time.Millisecond, 12500 * time.Millisecond, 13500 * time.Millisecond, 14500 * time.Millisecond},
			sent, "who waited does not leave all at once after the pause")
	})
}

func TestBudgetCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(1, 4)
		require.NoError(t, b.wait(t.Context(), 4))
		stop := errors.New("told to stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				_, err := b.Reserve(ctx, 4)
				assert.ErrorIs(t, err, stop)
				assert.ErrorContains(t, err, "exchange: waiting for the budget")
			})
		}
		time.Sleep(2 * time.Second)
		cancel(stop)
		wg.Wait()
		assert.Equal(t, 2, b.Left(), "nothing was spent")
		start := time.Now()
		require.NoError(t, b.wait(t.Context(), 2))
		assert.Zero(t, time.Since(start))
		require.ErrorIs(t, b.wait(ctx, 0), stop)
	})
}

func TestBudgetTooMuch(t *testing.T) {
	_, err := NewBudget(1, 3).Reserve(t.Context(), 4)
	assert.True(t, IsPermanent(err))
	assert.ErrorContains(t, err, "4 tokens asked of a budget that holds 3")
	paid, err := NewBudget(rate.Inf, 1).Reserve(t.Context(), 1000)
	require.NoError(t, err)
	require.NotNil(t, paid)
}

func TestBudgetOfNoRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(0, 0)
		assert.Equal(t, 1, b.Burst())
		require.NoError(t, b.wait(t.Context(), 1))
		ctx, cancel := context.WithTimeout(t.Context(), 1000*time.Hour)
		defer cancel()
		require.ErrorIs(t, b.wait(ctx, 1), context.DeadlineExceeded)
	})
}

func TestNilBudget(t *testing.T) {
	var b *Budget
	ctx, err := b.Reserve(t.Context(), 1000)
	require.NoError(t, err)
	assert.Equal(t, t.Context(), ctx)
	b.Pause(time.Hour)
	require.NoError(t, b.wait(ctx, 1000))
	assert.Equal(t, rate.Inf, b.Rate())
	assert.Equal(t, math.MaxInt, b.Burst())
	assert.Equal(t, math.MaxInt, b.Left())
}
