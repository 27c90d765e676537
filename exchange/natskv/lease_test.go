package natskv

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var leaseSeed = flag.Uint64("lease.seed", 0, "the seed of the one history of leases to run; 0: many")

// memoryCell is a cell as a broker keeps one: slow, and sometimes without an answer
// to what it has done.
type memoryCell struct {
	mu    sync.Mutex
	rng   *rand.Rand
	slow  time.Duration
	value []byte
	rev   uint64
	away  bool
}

func (c *memoryCell) trip(ctx context.Context) error {
	c.mu.Lock()
	d, lost := time.Duration(0), false
	if c.slow > 0 {
		d, lost = time.Duration(c.rng.Int64N(int64(c.slow))), c.rng.IntN(8) == 0
	}
	lost = lost || c.away
	c.mu.Unlock()
	if lost {
		<-ctx.Done()
		return ctx.Err()
	}
	return sleep(ctx, d)
}

func (c *memoryCell) get(ctx context.Context) ([]byte, uint64, error) {
	if err := c.trip(ctx); err != nil {
		return nil, 0, err
	}
	c.mu.Lock()
	value, rev := c.value, c.rev
	c.mu.Unlock()
	return value, rev, c.trip(ctx)
}

func (c *memoryCell) put(ctx context.Context, value []byte, rev uint64) (uint64, error) {
	if err := c.trip(ctx); err != nil {
		return 0, err
	}
	c.mu.Lock()
	if rev != c.rev {
		c.mu.Unlock()
		return 0, jetstream.ErrKeyExists
	}
	c.rev += 1 + c.rng.Uint64N(5)
	c.value, rev = value, c.rev
	c.mu.Unlock()
	return rev, c.trip(ctx)
}

const lasts = 2 * time.Second

func newTenant(c cell, name string) *tenant {
	return &tenant{cell: c, mine: lease{ID: name, Token: name, Lasts: lasts}}
}

// Whatever the broker loses, one publisher at a time takes itself for the holder,
// epochs rise, and the lease is never held by nobody for long.
func TestLeaseHasOneHolder(t *testing.T) {
	seeds := []uint64{*leaseSeed}
	if *leaseSeed == 0 {
		seeds = seeds[:0]
		for i := range uint64(60) {
			seeds = append(seeds, i+1)
		}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { holders(t, seed) })
		})
	}
}

func holders(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 0))
	c := &memoryCell{slow: time.Duration(rng.Int64N(int64(lasts / 4))), rng: rand.New(rand.NewPCG(seed, 1))}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var mu sync.Mutex
	var epoch uint64
	var takes int
	tenants := make([]*tenant, 3)
	var wg sync.WaitGroup
	for i := range tenants {
		tenants[i] = newTenant(c, string(rune('a'+i)))
		wg.Go(func() {
			for ctx.Err() == nil {
				if tenants[i].take(ctx) != nil {
					continue
				}
				mu.Lock()
				takes++
				assert.Greater(t, tenants[i].mine.Epoch, epoch, "seed %d", seed)
				epoch = tenants[i].mine.Epoch
				for _, o := range tenants {
					assert.False(t, o != tenants[i] && o.valid(), "two holders, seed %d", seed)
				}
				how, after := rng.IntN(4), time.Duration(rng.Int64N(int64(3*lasts)))
				mu.Unlock()
				hold, stop := context.WithTimeout(ctx, after)
				err := tenants[i].hold(hold)
				stop()
				assert.True(t, errors.Is(err, errLost) || hold.Err() != nil, "%v, seed %d", err, seed)
				if how == 0 && tenants[i].valid() {
					once, done := context.WithTimeout(ctx, lasts/4)
					_ = tenants[i].release(once)
					done()
				}
				_ = sleep(ctx, lasts) // dead: it holds nothing any more
			}
		})
	}
	wg.Wait()
	assert.Greater(t, takes, 5, "seed %d", seed)
}

func TestLeaseTakeOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &memoryCell{rng: rand.New(rand.NewPCG(1, 1))}
		a, b := newTenant(c, "a"), newTenant(c, "b")
		require.NoError(t, a.take(t.Context()), "nobody has it")
		took := make(chan time.Time, 1)
		go func() {
			if assert.NoError(t, b.take(t.Context())) {
				took <- time.Now()
			}
		}()
		hold, stop := context.WithTimeout(t.Context(), time.Minute)
		assert.ErrorIs(t, a.hold(hold), context.DeadlineExceeded)
		stop()
		synctest.Wait()
		assert.Empty(t, took, "it is held")
		died := time.Now()
		wait := (<-took).Sub(died)
		assert.LessOrEqual(t, wait, lasts+lasts/8)
		assert.GreaterOrEqual(t, wait, lasts-lasts/4)
		assert.False(t, a.valid())
		assert.EqualValues(t, 2, b.mine.Epoch)

		_, err := a.check(t.Context(), 1)
		assert.ErrorIs(t, err, errLost)
		assert.ErrorIs(t, a.hold(t.Context()), errLost, "who wakes up learns it")

		require.NoError(t, b.release(t.Context()))
		again := time.Now()
		require.NoError(t, a.take(t.Context()))
		assert.Zero(t, time.Since(again), "it was given up")
		assert.EqualValues(t, 3, a.mine.Epoch)
	})
}

func TestLeaseIsNotValidUnrenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &memoryCell{rng: rand.New(rand.NewPCG(1, 1))}
		a := newTenant(c, "a")
		require.NoError(t, a.take(t.Context()))
		c.away = true
		at := time.Now()
		assert.ErrorIs(t, a.hold(t.Context()), errLost)
		assert.False(t, a.valid())
		assert.LessOrEqual(t, time.Since(at), lasts+lasts/4)
	})
}

func TestLeaseOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &memoryCell{rng: rand.New(rand.NewPCG(1, 1)), rev: 7}
		a := newTenant(c, "a")
		c.value = []byte(`{"version":9}`)
		assert.ErrorIs(t, a.take(t.Context()), ErrVersion, "it must not be taken from who speaks otherwise")

		c.value = []byte("hello")
		at := time.Now()
		assert.NoError(t, a.take(t.Context()))
		assert.Equal(t, lasts, time.Since(at), "foreign data stands like a lease of nobody")

		for _, absurd := range []string{"9000000000000000000", "-9000000000000000000"} {
			c.value, c.rev = []byte(`{"version":1,"token":"x","lasts":`+absurd+`}`), c.rev+1
			at = time.Now()
			assert.NoError(t, a.take(t.Context()))
			assert.LessOrEqual(t, time.Since(at), longest*lasts)
			assert.GreaterOrEqual(t, time.Since(at), lasts)
		}

		c.value, c.rev = nil, c.rev+1
		at = time.Now()
		assert.NoError(t, a.take(t.Context()), "it was deleted")
		assert.Zero(t, time.Since(at))

		a.floor, a.ready = 41, func() bool { return false }
		at = time.Now()
		b := newTenant(c, "b")
		b.floor, b.ready = a.floor, a.ready
		assert.NoError(t, b.take(t.Context()))
		assert.Equal(t, 2*lasts, time.Since(at), "others, who can tell more, go first")
		assert.EqualValues(t, 42, b.mine.Epoch)
	})
}

// The stand-by takes the lease at the moment at which it may, and not when it would look
// again.
func TestLeaseIsTakenInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &memoryCell{rng: rand.New(rand.NewPCG(1, 1))}
		a, b := newTenant(c, "a"), newTenant(c, "b")
		require.NoError(t, a.take(t.Context()))
		b.mine.Lasts = lasts * 9 / 10 // eighths of which are no part of a's
		require.NoError(t, sleep(t.Context(), lasts/3))
		seen := time.Now()
		require.NoError(t, b.take(t.Context()))
		assert.Equal(t, lasts, time.Since(seen))
	})
}

// slowGet takes its time with the first read.
type slowGet struct {
	cell
	wait time.Duration
}

func (c *slowGet) get(ctx context.Context) ([]byte, uint64, error) {
	wait := c.wait
	c.wait = 0
	if err := sleep(ctx, wait); err != nil {
		return nil, 0, err
	}
	return c.cell.get(ctx)
}

func TestLeaseCountsFromWhenItWasSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &memoryCell{rng: rand.New(rand.NewPCG(1, 1))}
		a, b := newTenant(c, "a"), newTenant(&slowGet{c, 300 * time.Millisecond}, "b")
		time.AfterFunc(200*time.Millisecond, func() { assert.NoError(t, a.take(t.Context())) })
		require.NoError(t, b.take(t.Context()))
		assert.False(t, a.valid(), "a has taken it while b read")
	})
}
