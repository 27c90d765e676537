package flatjson

import (
	"encoding/binary"
	"math/bits"
)

// Object reads an object, key by key, in a loop:
//
//	for key := range s.Object {
//		switch string(key) {
//		case "bid":
//			...
//
// The values of other keys are passed over. A loop that is left early passes
// over the rest.
func (s *Scanner) Object(yield func(key []byte) bool) {
	for key, ok := s.First(); ok; key, ok = s.Next() {
		if !yield(key) {
			s.Rest()
			return
		}
	}
}

// First goes into an object and returns its first key, Next the next one, having
// passed over the value before where that was left alone. False: there is none. They
// are what Object does without a call for each key; a loop of them is to be read to
// its end, or left by Rest.
//
//	for key, ok := s.First(); ok; key, ok = s.Next() {
//		switch string(key) {
func (s *Scanner) First() (key []byte, ok bool) {
	if s.Kind() != '{' {
		s.not("object")
		return nil, false
	}
	if !s.enter() || s.leave('}') {
		return nil, false
	}
	return s.key()
}

// Next returns the next key; see First.
func (s *Scanner) Next() (key []byte, ok bool) {
	if s.i == s.at {
		s.Skip()
	}
	b, i := s.data, s.i
	if i >= 0 && i <= len(b)-8 && oneLetter(binary.LittleEndian.Uint64(b[i:i+8:i+8])) {
		s.i = i + len(`,"x":`)
		s.at = s.i
		return b[i+2 : i+3], true
	}
	if i >= 0 && i <= len(b)-2 && b[i] == ',' && b[i+1] == '"' {
		for i += 2; i >= 0 && i <= len(b)-8; i += 8 {
			found := ends(binary.LittleEndian.Uint64(b[i : i+8 : i+8]))
			if found == 0 {
				continue
			}
			i += bits.TrailingZeros64(found) / 8
			if i >= 0 && i <= len(b)-3 && b[i] == '"' && b[i+1] == ':' && b[i+2] > ' ' {
				key = b[s.i+2 : i]
				s.i = i + 2
				s.at = s.i
				return key, true
			}
			break
		}
	}
	if !s.comma('}', "comma or closing brace") {
		return nil, false
	}
	return s.key()
}

// Rest passes over what is left of an object; see First.
func (s *Scanner) Rest() {
	for _, ok := s.Next(); ok; _, ok = s.Next() {
		continue
	}
}

// key reads a key and the colon that follows it.
func (s *Scanner) key() ([]byte, bool) {
	text, ok := s.text()
	if s.space(); !ok || s.next() != ':' {
		s.miss("colon")
		return nil, false
	}
	s.i++
	s.space()
	s.at = s.i
	return text, true
}

// oneLetter reports whether eight bytes, the first lowest, begin with a comma, a key
// that is a letter, a colon and what is no space.
func oneLetter(x uint64) bool {
	const around, all = ',' | '"'<<8 | '"'<<24 | ':'<<32, 0xff_ff_00_ff_ff
	return x&all == around && byte(x>>16)|0x20-'a' < 26 && byte(x>>40) > ' '
}
