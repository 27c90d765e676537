package arbitrage

import (
	"math/bits"

	"github.com/govalues/decimal"
)

// wide is a number of up to 57 digits, 38 of them decimals. A Decimal has 19
// digits, so that the product of a price and a fee does not always fit one; it
// always fits a wide. Decisions about profit are exact for that reason.
type wide struct{ high, mid, low uint64 }

// more reports whether w is greater than v.
func (w wide) more(v wide) bool {
	switch {
	case w.high != v.high:
		return w.high > v.high
	case w.mid != v.mid:
		return w.mid > v.mid
	}
	return w.low > v.low
}

func (w wide) times(x uint64) wide {
	carry, low := bits.Mul64(w.low, x)
	top, mid := bits.Mul64(w.mid, x)
	mid, c := bits.Add64(mid, carry, 0)
	return wide{w.high*x + top + c, mid, low}
}

// tens are the powers of ten that an uint64 holds.
var tens = func() (t [decimal.MaxScale + 1]uint64) {
	t[0] = 1
	for i := 1; i < len(t); i++ {
		t[i] = 10 * t[i-1]
	}
	return t
}()

// net is what a unit brings when it is sold at the bid and costs when it is
// bought at the ask, fees included.
type net struct{ sold, bought wide }

// netOf computes the net of prices above zero and a fee that is a share. Each
// result is below 2 x 10^19, that is 2 x 10^57 as a wide, and so fits.
func netOf(bid, ask, fee decimal.Decimal) net {
	return net{sold: withFee(bid, fee, true), bought: withFee(ask, fee, false)}
}

// withFee returns price x (1 - fee), or price x (1 + fee).
func withFee(price, fee decimal.Decimal, less bool) wide {
	one := tens[fee.Scale()]
	w := wide{low: one - fee.Coef()}
	if less == fee.IsNeg() {
		w.low, w.mid = bits.Add64(one, fee.Coef(), 0)
	}
	w = w.times(price.Coef())
	shift := 2*decimal.MaxScale - price.Scale() - fee.Scale()
	if shift > decimal.MaxScale {
		w = w.times(tens[decimal.MaxScale])
		shift -= decimal.MaxScale
	}
	return w.times(tens[shift])
}
