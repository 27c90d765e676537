package coinblockprosim

import (
	"strconv"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/ticker"
)

// appendDict writes market to last price, as Python's str() or json.dumps()
// writes a dict.
func appendDict(p []byte, ts []ticker.Ticker, quote byte) []byte {
	p = append(p, '{')
	for i := range ts {
		if i > 0 {
			p = append(p, ", "...)
		}
		p = append(p, quote)
		p = append(p, nameOf(ts[i].Market)...)
		p = append(p, quote, ':', ' ')
		p = appendFloat(p, ts[i].Trade.Price)
	}
	return append(p, '}')
}

// appendFloat writes a number as Python's repr() writes a float: 10.0, 0.0001,
// 1e-05, 1.5e+16. A float holds any 15 digits, and simulated prices have fewer;
// of a price set by hand that has more, all are written.
func appendFloat(p []byte, d decimal.Decimal) []byte {
	d = d.Trim(0)
	if d.IsNeg() {
		p = append(p, '-')
	}
	digits := strconv.AppendUint(nil, d.Coef(), 10)
	point := len(digits) - d.Scale() // where it stands in the digits
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	switch exp := point - 1; {
	case d.IsZero():
		return append(p, "0.0"...)
	case exp < -4 || exp >= 16:
		p = append(p, digits[0])
		if len(digits) > 1 {
			p = append(append(p, '.'), digits[1:]...)
		}
		sign := byte('+')
		if exp < 0 {
			sign, exp = '-', -exp
		}
		p = append(p, 'e', sign)
		if exp < 10 {
			p = append(p, '0')
		}
		return strconv.AppendInt(p, int64(exp), 10)
	case point <= 0:
		p = append(p, "0."...)
		p = zeros(p, -point)
		return append(p, digits...)
	case point >= len(digits):
		p = append(p, digits...)
		p = zeros(p, point-len(digits))
		return append(p, ".0"...)
	default:
		p = append(append(p, digits[:point]...), '.')
		return append(p, digits[point:]...)
	}
}

func zeros(p []byte, n int) []byte {
	for range n {
		p = append(p, '0')
	}
	return p
}
