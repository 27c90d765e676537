package arbitrage

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/govalues/decimal"
)

// Impact is what the user expects of a market beyond the quoted size: by how many
// percent each further unit of the base currency moves the price, up where it is
// bought and down where it is sold. Zero: nothing beyond the quoted size is
// counted on.
type Impact struct{ Buy, Sell decimal.Decimal }

// Sizing is how much of a Pair to take. Quantities are in base currency, rounded
// down; money is in quote currency. A Sizing may be used from any goroutine.
type Sizing struct {
	// Best is the quantity of the greatest profit; zero where none pays.
	Best decimal.Decimal
	// BreakEven is the quantity beyond Best at which the profit is used up. Zero
	// where none pays, and where it lasts up to Max.
	BreakEven decimal.Decimal
	// Max is the most that can be had: the quoted size of a leg without an
	// impact, or what brings a selling price down to nothing.
	Max decimal.Decimal

	buy, sell slope
	max       *big.Rat
}

// Outcome is what taking a quantity comes to. Money is rounded to the nearest.
type Outcome struct {
	Quantity decimal.Decimal // in base currency: what the selling exchange must hold
	Cost     decimal.Decimal // fee included, in quote currency: what the buying exchange must hold
	Proceeds decimal.Decimal // less the fee
	Net      decimal.Decimal // the proceeds less the cost
}

// ErrQuantity: a quantity is below zero, or more than can be had.
var ErrQuantity = errors.New("arbitrage: quantity out of range")

// Size says how much of a pair to take. Up to the quoted sizes it counts with the
// quoted prices; beyond them each price moves along a straight line, so that q
// units beyond the size are bought, on the average, at
//
//	ask * (1 + impact/100 * q/2)
//
// and sold accordingly. A size that is not told counts as none. The profit rises
// to one maximum and falls from there. The error is for an impact below zero.
func Size(p Pair, impact Impact) (Sizing, error) {
	if impact.Buy.IsNeg() || impact.Sell.IsNeg() {
		return Sizing{}, fmt.Errorf("arbitrage: impact below zero: %v, %v", impact.Buy, impact.Sell)
	}
	one := big.NewRat(1, 1)
	z := Sizing{
		buy:  newSlope(&p.Buy, impact.Buy, add(one, rat(p.Buy.Fee))),
		sell: newSlope(&p.Sell, impact.Sell, sub(one, rat(p.Sell.Fee))),
	}
	z.max = z.sell.flat
	if z.sell.rise.Sign() > 0 {
		z.max = add(z.sell.flat, quo(one, z.sell.rise))
	}
	if z.buy.rise.Sign() == 0 {
		z.max = smaller(z.max, z.buy.flat)
	}
	z.Max = below(z.max)
	if z.sell.price.Cmp(z.buy.price) > 0 {
		z.solve()
	}
	return z, nil
}

// At says what taking a quantity comes to. The error is ErrQuantity, wrapped.
func (z *Sizing) At(quantity decimal.Decimal) (Outcome, error) {
	q := rat(quantity)
	if quantity.IsNeg() || z.max == nil || q.Cmp(z.max) > 0 {
		return Outcome{}, fmt.Errorf("%w: %v of at most %v", ErrQuantity, quantity, z.Max)
	}
	cost, proceeds := z.buy.paid(q, 1), z.sell.paid(q, -1)
	return Outcome{quantity, nearest(cost), nearest(proceeds), nearest(sub(proceeds, cost))}, nil
}

// slope is the price of one leg as it is taken: flat, and then a straight line.
type slope struct {
	price *big.Rat // of the first unit, fee included
	flat  *big.Rat // the quantity up to which that is so
	rise  *big.Rat // the share of price by which each unit beyond it moves
}

func newSlope(s *Side, percent decimal.Decimal, fee *big.Rat) slope {
	flat := new(big.Rat)
	if s.Size.IsPos() {
		flat = rat(s.Size)
	}
	return slope{price: mul(rat(s.Price), fee), flat: flat, rise: quo(rat(percent), big.NewRat(100, 1))}
}

// paid is the area under the slope: what a quantity costs or brings. sign is 1
// where the price rises and -1 where it falls.
func (s *slope) paid(q *big.Rat, sign int64) *big.Rat {
	over := sub(q, s.flat)
	if over.Sign() <= 0 {
		return mul(s.price, q)
	}
	bend := mul(mul(over, over), mul(s.rise, big.NewRat(sign, 2)))
	return mul(s.price, add(q, bend))
}

// steep is how much a unit moves the price.
func (s *slope) steep() *big.Rat { return mul(s.price, s.rise) }

func smaller(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}
