package flatjson

import (
	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/internal/digits"
)

// Nearly all numbers of a stream are short and plainly written: "1285.22000000".
// The methods of this file read those, eight digits at a time, and leave all others
// to those of read.go, before which they have read nothing.

// Amount reads a price, a size or another number that is never negative, exactly,
// as exchange.ParseDecimal does. For a number that does not fit, Mismatch wraps
// exchange.ErrInexact.
func (s *Scanner) Amount(d *decimal.Decimal) bool {
	b, i := s.data, s.i
	quoted := uint(i) < uint(len(b)) && b[i] == '"'
	if quoted {
		i++
	}
	word := digits.Word(b, i)
	eight, n := digits.Leading(word)
	if n == 0 || n > 1 && byte(word) == '0' {
		return s.amount(d)
	}
	coef, scale := digits.Number(eight, 0), 0
	if i += n; uint(i) < uint(len(b)) && b[i] == '.' {
		i++
		if eight, n = digits.Leading(digits.Word(b, i)); n == 0 {
			return s.amount(d)
		}
		if eight != 0 {
			zeros := digits.Zeros(eight) // at the end they do not count
			scale = n - zeros
			coef = coef*digits.Ten(scale) + digits.Number(eight, zeros)
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
	n, ok := s.short()
	if !ok {
		return s.uint(v)
	}
	*v = n
	return true
}

// short reads a whole number of at most 16 digits.
func (s *Scanner) short() (id uint64, ok bool) {
	b, i := s.data, s.i
	quoted := uint(i) < uint(len(b)) && b[i] == '"'
	if quoted {
		i++
	}
	word := digits.Word(b, i)
	eight, n := digits.Leading(word)
	if n == 0 || n > 1 && byte(word) == '0' {
		return 0, false
	}
	id = digits.Number(eight, 0)
	if i += n; n == 8 {
		if eight, n = digits.Leading(digits.Word(b, i)); n > 0 {
			id = id*digits.Ten(n) + digits.Number(eight, 0)
			i += n
		}
	}
	if !closes(b, i, quoted) {
		return 0, false
	}
	if s.i = i; quoted {
		s.i++
	}
	return id, true
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
