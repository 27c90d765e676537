package arbitrage

import "math/big"

// solve finds the best quantity and the break-even of a pair whose first unit
// pays. What the next unit brings is flat up to the smaller of the quoted sizes,
// falls along one line up to the larger, and along a steeper one beyond.
func (z *Sizing) solve() {
	from, to := &z.buy, &z.sell
	if to.flat.Cmp(from.flat) < 0 {
		from, to = to, from
	}
	bends := []bend{
		{from: new(big.Rat), fall: new(big.Rat)},
		{from: from.flat, fall: from.steep()},
		{from: to.flat, fall: add(from.steep(), to.steep())},
	}
	best := false
	for i, b := range bends {
		end := z.max
		if i+1 < len(bends) {
			end = smaller(end, bends[i+1].from)
		}
		if b.from.Cmp(end) >= 0 && i > 0 {
			continue
		}
		unit, profit := z.unit(b.from), z.profit(b.from)
		if !best && b.fall.Sign() > 0 && add(b.from, quo(unit, b.fall)).Cmp(end) <= 0 {
			best, z.Best = true, below(add(b.from, quo(unit, b.fall)))
		}
		if z.profit(end).Sign() < 0 {
			z.BreakEven = below(add(b.from, root(unit, b.fall, profit)))
			return
		}
	}
	if !best {
		z.Best = z.Max
	}
}

// bend is a quantity from which on what the next unit brings falls along a line.
type bend struct{ from, fall *big.Rat }

// profit is what a quantity brings.
func (z *Sizing) profit(q *big.Rat) *big.Rat { return sub(z.sell.paid(q, -1), z.buy.paid(q, 1)) }

// unit is what the next unit brings at a quantity.
func (z *Sizing) unit(q *big.Rat) *big.Rat {
	at := func(s *slope, sign int64) *big.Rat {
		over := sub(q, s.flat)
		if over.Sign() <= 0 {
			return s.price
		}
		return mul(s.price, add(big.NewRat(1, 1), mul(mul(over, s.rise), big.NewRat(sign, 1))))
	}
	return sub(at(&z.sell, -1), at(&z.buy, 1))
}

// root is the quantity q, above zero, at which profit + unit*q - fall*q*q/2 is
// zero. It is at most a 10^60th off.
func root(unit, fall, profit *big.Rat) *big.Rat {
	under := add(mul(unit, unit), mul(mul(big.NewRat(2, 1), fall), profit))
	f := new(big.Float).SetPrec(512).SetRat(under)
	r, _ := f.Sqrt(f).Rat(nil)
	return quo(add(unit, r), fall)
}
