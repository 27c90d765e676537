package flatjson

import (
	"encoding/binary"
	"math/bits"

	"github.com/govalues/decimal"
)

// Nearly all numbers of a stream are short and plainly written: "1285.22000000".
// The methods of this file read those, eight digits at a time. Of any other they
// say no, and have read nothing; what it is the slow path finds out.

// Amount reads a price, a size or another number that is never negative, exactly,
// as exchange.ParseDecimal does. For a number that does not fit, Mismatch wraps
// exchange.ErrInexact.
func (s *Scanner) Amount(d *decimal.Decimal) bool {
	b, i := s.data, s.i
	quoted := uint(i) < uint(len(b)) && b[i] == '"'
	if quoted {
		i++
	}
	x := word(b, i)
	digits, n := leading(x)
	if n == 0 || n > 1 && byte(x) == '0' {
		return s.amount(d)
	}
	coef, scale := number8(digits), 0
	if i += n; uint(i) < uint(len(b)) && b[i] == '.' {
		i++
		if digits, n = leading(word(b, i)); n == 0 {
			return s.amount(d)
		}
		if digits != 0 {
			zeros := bits.LeadingZeros64(digits) / 8 // at the end: they do not count
			scale = n - zeros
			coef = coef*tens[scale&15] + number8(digits<<(8*zeros&63))
		}
		i += n
	}
	if !closes(b, i, quoted) {
		return s.amount(d)
	}
	if s.i = i; quoted {
		s.i++
	}
	*d = decimal.Decimal{}
	if coef != 0 {
		*d, _ = decimal.New(int64(coef), scale) // it has at most 16 digits, and fits
	}
	return true
}

// Uint reads a whole number without sign, such as an id.
func (s *Scanner) Uint(v *uint64) bool {
	b, i := s.data, s.i
	quoted := uint(i) < uint(len(b)) && b[i] == '"'
	if quoted {
		i++
	}
	x := word(b, i)
	digits, n := leading(x)
	if n == 0 || n > 1 && byte(x) == '0' {
		return s.uint(v)
	}
	id := number8(digits)
	if i += n; n == 8 {
		if digits, n = leading(word(b, i)); n > 0 {
			id = id*tens[n&15] + number8(digits)
			i += n
		}
	}
	if !closes(b, i, quoted) {
		return s.uint(v)
	}
	if s.i = i; quoted {
		s.i++
	}
	*v = id
	return true
}

// closes reports whether a number ends at i.
func closes(b []byte, i int, quoted bool) bool {
	if uint(i) >= uint(len(b)) {
		return false
	}
	if quoted {
		return b[i] == '"'
	}
	return b[i] == ',' || b[i] == '}' || b[i] == ']'
}

// word returns the eight bytes at i, the first lowest, and zeros where there are
// none.
func word(b []byte, i int) uint64 {
	if i >= 0 && i <= len(b)-8 {
		return binary.LittleEndian.Uint64(b[i : i+8 : i+8]) // without a check
	}
	return tail(b, i)
}

func tail(b []byte, i int) (x uint64) {
	for k := len(b) - 1; k >= i; k-- {
		x = x<<8 | uint64(b[k])
	}
	return x
}

// leading returns the digits that a word begins with, the last of them highest and
// each as its value, and how many there are. Without any, what it returns of them
// means nothing.
func leading(x uint64) (digits uint64, n int) {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	x ^= ones * '0'
	// A sum that is too much for its byte is carried into those above, which do not
	// count any more.
	bits := bits.TrailingZeros64((x+ones*(0x80-10)|x)&tops) &^ 7
	return x << (-bits & 63), bits / 8
}

// number8 returns the number that eight digits make, the last of them highest.
func number8(x uint64) uint64 {
	x = x * (10<<8 + 1) >> 8
	x = x & 0x00ff00ff00ff00ff * (100<<16 + 1) >> 16
	return x & 0x0000ffff0000ffff * (10000<<32 + 1) >> 32
}

// tens are the powers of ten.
var tens = [16]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}
