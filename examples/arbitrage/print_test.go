package main

import (
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	first  = regexp.MustCompile(`^[0-9:.]{12} (opened|moved|closed) +#(\d+) (\S+)  spread (\S+) \((\S+) %\)  net (\S+) \((\S+) %\)(.*)$`)
	second = regexp.MustCompile(`^ {13}buy on \S+ (\S+) at (\S+) \((.*), fee (\S+) %, (\S+) old\); sell on \S+ (\S+) at (\S+) \((.*), fee (\S+) %, (\S+) old\)$`)
	taking = regexp.MustCompile(`^  take (\S+) for ([^ ,]+)`)
	nought = regexp.MustCompile(`, at (\S+) nothing is left$`)
)

// TestEveryNumber computes every number that the program prints from the legs that
// it prints.
func TestEveryNumber(t *testing.T) {
	for _, args := range [][]string{
		{"-for", "20s"},
		{"-for", "20s", "-moves", "-fee", "0.001", "-fees", "binance=0.00075", "-seed", "2"},
		{"-for", "20s", "-impact-buy", "0.01", "-impact-sell", "0.02", "-fee", "0"},
	} {
		lines := strings.Split(strings.TrimSuffix(simulate(t, args...), "\n"), "\n")
		last := len(lines) - 2 // the summary
		counts := map[string]int{}
		lives := map[string]string{}
		for i := 0; i < last; i += 2 {
			head, legs := first.FindStringSubmatch(lines[i]), second.FindStringSubmatch(lines[i+1])
			require.NotNil(t, head, lines[i])
			require.NotNil(t, legs, lines[i+1])
			event, id := head[1], head[2]
			counts[event]++
			assert.Equal(t, map[string]string{"opened": "", "moved": "open", "closed": "open"}[event], lives[id], lines[i])
			lives[id] = map[string]string{"opened": "open", "moved": "open", "closed": "closed"}[event]
			assert.Equal(t, head[3], legs[1])
			numbers(t, head, legs, args)
		}
		assert.Greater(t, counts["opened"], 3, "prices cross now and then")
		assert.Equal(t, counts["opened"], counts["closed"], "what is open at the end is closed by it")
		assert.Equal(t, len(args) > 4 && args[2] == "-moves", counts["moved"] > 0)
		assert.Contains(t, lines[last], "opened, closed: ")
		assert.Contains(t, lines[last+1], "best: #")
	}
}

func number(t *testing.T, s string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(s)
	require.True(t, ok, s)
	return r
}

func add(a, b *big.Rat) *big.Rat { return new(big.Rat).Add(a, b) }
func sub(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }
func mul(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }

// same asserts that a number is printed as it is, but for so many decimals.
func same(t *testing.T, want *big.Rat, got string, decimals int) {
	t.Helper()
	off := sub(want, number(t, got))
	half := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil))
	assert.LessOrEqual(t, off.Abs(off).Cmp(mul(half, big.NewRat(1, 2))), 0, "%s is printed as %s", want.FloatString(12), got)
}

func numbers(t *testing.T, head, legs, args []string) {
	t.Helper()
	hundred := big.NewRat(100, 1)
	ask, bid := number(t, legs[2]), number(t, legs[7])
	buyFee, sellFee := mul(number(t, legs[4]), big.NewRat(1, 100)), mul(number(t, legs[9]), big.NewRat(1, 100))
	spread := sub(bid, ask)
	left := sub(sub(spread, mul(bid, sellFee)), mul(ask, buyFee))
	same(t, spread, head[4], 19)
	same(t, new(big.Rat).Quo(mul(spread, hundred), ask), head[5], 4)
	same(t, left, head[6], 19)
	same(t, new(big.Rat).Quo(mul(left, hundred), ask), head[7], 4)
	assert.Equal(t, head[1] != "closed" || !strings.Contains(head[8], "gone"), left.Sign() > 0, head[0])
	if head[1] == "closed" {
		return
	}
	take := taking.FindStringSubmatch(head[8])
	require.NotNil(t, take, head[0])
	impact := func(name string) *big.Rat {
		for i, a := range args {
			if a == name {
				return mul(number(t, args[i+1]), big.NewRat(1, 100))
			}
		}
		return new(big.Rat)
	}
	offered := func(s string) *big.Rat { return number(t, strings.TrimSuffix(s, " there")) }
	// What q units cost or bring: flat up to the size, along a line beyond.
	worth := func(price, fee, size, slope, q *big.Rat) *big.Rat {
		over := sub(q, size)
		if over.Sign() < 0 {
			over = new(big.Rat)
		}
		bend := mul(mul(over, over), mul(slope, big.NewRat(1, 2)))
		return mul(mul(price, fee), add(q, bend))
	}
	one := big.NewRat(1, 1)
	profit := func(q *big.Rat) *big.Rat {
		down := new(big.Rat).Neg(impact("-impact-sell"))
		return sub(worth(bid, sub(one, sellFee), offered(legs[8]), down, q), worth(ask, add(one, buyFee), offered(legs[3]), impact("-impact-buy"), q))
	}
	q := number(t, take[1])
	same(t, profit(q), take[2], 8)
	end := nought.FindStringSubmatch(head[8])
	if impact("-impact-buy").Sign() == 0 {
		least := offered(legs[3])
		if s := offered(legs[8]); s.Cmp(least) < 0 {
			least = s
		}
		assert.Zero(t, least.Cmp(q), "all that is there at these prices")
		assert.Nil(t, end)
		return
	}
	for _, other := range []*big.Rat{mul(q, big.NewRat(99, 100)), mul(q, big.NewRat(101, 100))} {
		assert.GreaterOrEqual(t, profit(q).Cmp(profit(other)), 0, "the best quantity")
	}
	require.NotNil(t, end, head[0])
	assert.GreaterOrEqual(t, profit(number(t, end[1])).Sign(), 0)
	assert.Negative(t, profit(mul(number(t, end[1]), big.NewRat(1001, 1000))).Sign())
}
