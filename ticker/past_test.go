package ticker

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is packed into four bytes is what a plain list would say: the last sixteen
// values, each for ten minutes.
func TestPast(t *testing.T) {
	type was struct {
		price, size int64
		until       time.Time
	}
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a history
		var p past
		var list [2][]was
		now := time.Unix(1_700_000_000, 0)
		quote := func(price, size int64, scale int) *Ticker {
			d := func(v int64) decimal.Decimal {
				for range scale {
					v *= 10
				}
				return decimal.MustNew(v, 2+scale)
			}
			return &Ticker{Trade: Trade{Price: d(price), Size: d(size)}, Quote: Quote{Bid: d(price), Ask: d(price + 1), BidSize: d(size), AskSize: d(size)}}
		}
		for step := range 400 {
			i := r.IntN(2)
			now = now.Add(time.Duration(r.Int64N(int64(time.Second) << r.IntN(12))))
			price, size := 100+r.Int64N(30), r.Int64N(3)
			ok := false
			for _, w := range list[i] {
				same := w.price == price && (w.size == size || w.size == 0 || size == 0)
				ok = ok || same && !w.until.Truncate(time.Second).Before(now.Add(-oldest).Truncate(time.Second))
			}
			require.Equal(t, ok, p.had(i, quote(price, size, r.IntN(9)), now), "seed %d, step %d", seed, step)
			if r.IntN(3) == 0 {
				continue
			}
			p.remember(i, quote(price, size, r.IntN(9)), now)
			list[i] = append(list[i], was{price, size, now})
			list[i] = list[i][max(0, len(list[i])-pastValues):]
		}
	}
}

// A value whose prices and sizes were not told is taken for one of the past one time in many thousands.
func TestPastCollisions(t *testing.T) {
	var p past
	d := func(v int) decimal.Decimal { return decimal.MustNew(int64(v), 2) }
	quote := func(i int) *Ticker {
		return &Ticker{Quote: Quote{Bid: d(6_000_000 + i), Ask: d(6_000_001 + i), BidSize: d(100 + i), AskSize: d(200)}}
	}
	for i := range pastValues {
		p.remember(1, quote(i), time.Unix(100, 0))
	}
	n := 0
	const tries = 1 << 19
	for i := range tries {
		n += count(p.had(1, quote(pastValues+i), time.Unix(100, 0)))
	}
	assert.Less(t, n, 3*tries>>18, "of %d", tries)
}
