package arbitrage

import (
	"math/big"

	"github.com/govalues/decimal"
)

// newPair computes the numbers of a pair; none, where a price is not reported.
func newPair(buy, sell Side) Pair {
	p := Pair{Buy: buy, Sell: sell}
	if !buy.Price.IsPos() || !sell.Price.IsPos() {
		return p
	}
	ask, bid := rat(buy.Price), rat(sell.Price)
	spread := sub(bid, ask)
	left := sub(sub(spread, mul(bid, rat(sell.Fee))), mul(ask, rat(buy.Fee)))
	p.Spread, p.Percent = nearest(spread), nearest(percent(spread, ask))
	p.Net, p.NetPercent = nearest(left), nearest(percent(left, ask))
	return p
}

// rat returns the number, exactly.
func rat(d decimal.Decimal) *big.Rat {
	coef := new(big.Int).SetUint64(d.Coef())
	if d.IsNeg() {
		coef.Neg(coef)
	}
	return new(big.Rat).SetFrac(coef, new(big.Int).SetUint64(tens[d.Scale()]))
}

func add(a, b *big.Rat) *big.Rat { return new(big.Rat).Add(a, b) }
func sub(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }
func mul(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }
func quo(a, b *big.Rat) *big.Rat { return new(big.Rat).Quo(a, b) }

// percent returns how many percent a is of b.
func percent(a, b *big.Rat) *big.Rat { return mul(quo(a, b), big.NewRat(100, 1)) }

// nearest rounds to as many decimals as 19 digits allow. What is larger than any
// Decimal becomes the largest of its sign.
func nearest(r *big.Rat) decimal.Decimal {
	return parse(r.FloatString(scale(r)), r.Sign())
}

// below rounds a number that is not negative to as many decimals as 19 digits
// allow, and never up.
func below(r *big.Rat) decimal.Decimal {
	s := scale(r)
	n := mul(r, new(big.Rat).SetInt(pow10(s)))
	whole := new(big.Int).Quo(n.Num(), n.Denom())
	return parse(new(big.Rat).SetFrac(whole, pow10(s)).FloatString(s), 1)
}

func parse(s string, sign int) decimal.Decimal {
	d, err := decimal.Parse(s)
	if err != nil { // more than 19 digits before the point
		d = decimal.MustParse("9999999999999999999").CopySign(decimal.MustNew(int64(sign), 0))
	}
	return d.Trim(0)
}

// scale returns how many decimals of a number a Decimal holds.
func scale(r *big.Rat) int {
	whole := new(big.Int).Quo(r.Num(), r.Denom())
	if whole.Sign() == 0 {
		return decimal.MaxScale
	}
	return max(decimal.MaxPrec-len(whole.Abs(whole).Text(10)), 0)
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
