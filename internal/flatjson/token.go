package flatjson

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/tickersync/tickersync/internal/digits"
)

// The methods of this file read one token, which begins at s.i, and leave s.i
// behind it. Where there is none they note the error and return false.

// miss notes the first error, and goes to the end of the message, where nothing
// more is to be read.
func (s *Scanner) miss(what string) {
	if s.err == nil {
		s.err = &SyntaxError{At: s.i, Missing: what}
	}
	s.i = len(s.data)
}

// next returns the next byte, 0 where there is none.
func (s *Scanner) next() byte {
	if s.i < len(s.data) {
		return s.data[s.i]
	}
	return 0
}

func (s *Scanner) space() {
	if s.i < len(s.data) && s.data[s.i] <= ' ' {
		s.spaces()
	}
}

func (s *Scanner) spaces() {
	for s.i < len(s.data) {
		switch s.data[s.i] {
		case ' ', '\t', '\r', '\n':
			s.i++
		default:
			return
		}
	}
}

func (s *Scanner) literal(word string) bool {
	end := s.i + len(word)
	if end > len(s.data) || string(s.data[s.i:end]) != word {
		s.miss(word)
		return false
	}
	s.i = end
	return true
}

// number reads a number and returns its text.
func (s *Scanner) number() ([]byte, bool) {
	b, i := s.data, s.i
	if i < len(b) && b[i] == '-' {
		i++
	}
	first := i
	i = pass(b, i)
	ok := i > first && (i == first+1 || b[first] != '0')
	if ok && i < len(b) && b[i] == '.' {
		i++
		first = i
		i = pass(b, i)
		ok = i > first
	}
	if ok && i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		first = i
		i = pass(b, i)
		ok = i > first
	}
	if !ok {
		s.miss("number")
		return nil, false
	}
	text := b[s.i:i]
	s.i = i
	return text, true
}

// pass returns where the digits at i end.
func pass(b []byte, i int) int {
	for {
		_, n := digits.Leading(digits.Word(b, i))
		if i += n; n < 8 {
			return i
		}
	}
}

// text reads a string and returns what it says: a part of the message, or of the
// scratch buffer where it has escapes.
func (s *Scanner) text() ([]byte, bool) {
	b, i := s.data, s.i+1
	if uint(s.i) >= uint(len(b)) || b[s.i] != '"' {
		s.miss("string")
		return nil, false
	}
	for i >= 0 && i <= len(b)-8 {
		found := ends(binary.LittleEndian.Uint64(b[i : i+8 : i+8]))
		if found == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(found) / 8
		if b[i] != '"' {
			return s.longText(i)
		}
		text := b[s.i+1 : i]
		s.i = i + 1
		return text, true
	}
	return s.longText(i)
}

// ends returns a number whose lowest bit that is set is in the first byte of
// eight, the lowest first, that is not plain; 0 where all are.
func ends(x uint64) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	// What is subtracted sets the top bit of a byte that is too low for it, and
	// borrows from those above, which then may be found wrongly; the lowest is not.
	// Once 2 is flipped, a quotation mark follows the control characters.
	low, backslash := (x^ones*2)-ones*('"'^2+1), (x^ones*'\\')-ones
	return (low | backslash | x) & tops
}

// plain holds the bytes that stand for themselves in a string.
var plain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()
