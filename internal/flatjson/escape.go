package flatjson

import (
	"unicode/utf16"
	"unicode/utf8"
)

// longText reads a string that does not end at i, where all before it is plain.
func (s *Scanner) longText(i int) ([]byte, bool) {
	b, from := s.data, s.i+1
	escaped := false
	start := len(s.scratch) // what was returned before stays as it is
	for i < len(b) {
		switch c := b[i]; {
		case plain[c]:
			i++
		case c == '"':
			text := b[from:i]
			if escaped {
				s.scratch = append(s.scratch, text...)
				text = s.scratch[start:len(s.scratch):len(s.scratch)]
			}
			s.i = i + 1
			return text, true
		case c == '\\':
			s.scratch = append(s.scratch, b[from:i]...)
			r, n := unescape(b[i:])
			if n == 0 {
				s.i = i
				s.miss("escape")
				return nil, false
			}
			s.scratch = utf8.AppendRune(s.scratch, r)
			escaped = true
			i += n
			from = i
		case c < ' ':
			s.i = i
			s.miss("end of the string")
			return nil, false
		default:
			r, n := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && n == 1 {
				s.i = i
				s.miss("UTF-8")
				return nil, false
			}
			i += n
		}
	}
	s.i = i
	s.miss("end of the string")
	return nil, false
}

// unescape reads an escape and returns how long it is, 0 if it is none. Half of
// a surrogate pair is U+FFFD, as in encoding/json.
func unescape(b []byte) (r rune, n int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case '"', '\\', '/':
		return rune(b[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	}
	r, ok := hex(b)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if low, ok := hex(b[6:]); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

// hex reads backslash, u and four hexadecimal digits.
func hex(b []byte) (r rune, ok bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	for _, c := range b[2:6] {
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20-'a' < 6:
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
