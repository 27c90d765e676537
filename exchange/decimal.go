package exchange

import (
	"errors"
	"fmt"
	"math"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/internal/digits"
)

// ErrInexact says that a number is well written but does not fit a
// decimal.Decimal exactly: more than 19 significant digits, or more than 19
// decimals.
var ErrInexact = errors.New("exchange: number does not fit a decimal exactly")

// maxCoef is the largest coefficient of a decimal: 19 digits.
const maxCoef = 1e19 - 1

// ParseDecimal reads a number as JSON writes it, exponents included, exactly.
// Zeros that end a fraction do not count: they are dropped, so that of two equal
// numbers the Decimals are ==. The error is ErrInexact for a number that does
// not fit, another for what is no JSON number ("", "+1", ".5", "01", "nan").
// It does not keep b, and allocates only for an error.
func ParseDecimal(b []byte) (decimal.Decimal, error) {
	if d, ok := parseShort(b); ok {
		return d, nil
	}
	n, ok := scan(b)
	if !ok {
		return decimal.Decimal{}, fmt.Errorf("exchange: not a number: %s", clip(b, 40))
	}
	if n.coef == 0 {
		return decimal.Decimal{}, nil
	}
	for ; n.scale < 0 && !n.long; n.scale++ {
		n.push(0)
	}
	if n.long || n.scale > decimal.MaxScale {
		return decimal.Decimal{}, ErrInexact
	}
	if n.coef <= math.MaxInt64 { // what New takes
		return decimal.New(n.signed(n.coef), n.scale)
	}
	half, odd := decimal.MustNew(n.signed(n.coef/2), n.scale), decimal.MustNew(n.signed(n.coef%2), n.scale)
	d, err := half.Add(half)
	if err != nil {
		return decimal.Decimal{}, err
	}
	return d.Add(odd)
}

// parseShort reads what nearly all numbers are: up to eight digits before the point
// and eight behind it. Of others it says only that they are not of that kind.
func parseShort(b []byte) (d decimal.Decimal, ok bool) {
	x := digits.Word(b, 0)
	eight, i := digits.Leading(x)
	if i == 0 || i > 1 && byte(x) == '0' {
		return d, false
	}
	coef, scale := digits.Number(eight, 0), 0
	if uint(i) < uint(len(b)) && b[i] == '.' {
		part, n := digits.Leading(digits.Word(b, i+1))
		if n == 0 {
			return d, false
		}
		if part != 0 {
			zeros := digits.Zeros(part)
			scale = n - zeros
			coef = coef*digits.Ten(scale) + digits.Number(part, zeros)
		}
		i += 1 + n
	}
	if i < len(b) {
		return d, false
	}
	if coef == 0 {
		return d, true
	}
	d, err := decimal.New(int64(coef), scale) // at most 16 digits
	return d, err == nil
}

// number is coef / 10^scale, with a coefficient that ends in no zero.
type number struct {
	coef  uint64
	scale int
	neg   bool
	long  bool // the coefficient has more than 19 digits
}

func (n *number) push(digit byte) {
	if n.coef > (maxCoef-uint64(digit))/10 {
		n.long = true
		return
	}
	n.coef = n.coef*10 + uint64(digit)
}

func (n *number) signed(coef uint64) int64 {
	if n.neg {
		return -int64(coef)
	}
	return int64(coef)
}

// scan reads the number and reports whether it is one.
func scan(b []byte) (n number, ok bool) {
	i, zeros := 0, 0
	digits := func() int {
		start := i
		for ; i < len(b) && b[i]-'0' <= 9; i++ {
			if b[i] == '0' {
				zeros++
				continue
			}
			for ; zeros > 0; zeros-- {
				n.push(0)
			}
			n.push(b[i] - '0')
		}
		return i - start
	}
	if n.neg = i < len(b) && b[i] == '-'; n.neg {
		i++
	}
	start := i
	if k := digits(); k == 0 || k > 1 && b[start] == '0' {
		return n, false
	}
	if i < len(b) && b[i] == '.' {
		i++
		if n.scale = digits(); n.scale == 0 {
			return n, false
		}
	}
	n.scale -= zeros
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		exp, k := exponent(b[i+1:])
		if k == 0 {
			return n, false
		}
		i += 1 + k
		n.scale -= exp
	}
	return n, i == len(b)
}

// exponent reads what follows an e, and returns how many bytes it took; none
// where there is no exponent. Beyond a hundred million it does not tell the size.
func exponent(b []byte) (exp, k int) {
	sign := 1
	if k < len(b) && (b[k] == '-' || b[k] == '+') {
		if b[k] == '-' {
			sign = -1
		}
		k++
	}
	start := k
	for ; k < len(b) && b[k]-'0' <= 9; k++ {
		if exp < 1e8 {
			exp = exp*10 + int(b[k]-'0')
		}
	}
	if k == start {
		return 0, 0
	}
	return sign * exp, k
}
