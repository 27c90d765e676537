package flatjson

// Kind returns how the next value begins: '{', '[', '"', 't' or 'f', 'n' (null),
// '0' for any number, and 0 where there is none. It reads nothing.
func (s *Scanner) Kind() byte {
	switch c := s.next(); c {
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return '0'
	case '{', '[', '"', 't', 'f', 'n':
		return c
	}
	return 0
}

// Array reads an array, element by element, in a loop like that of Object.
func (s *Scanner) Array(yield func(i int) bool) {
	if s.Kind() != '[' {
		s.not("array")
		return
	}
	if !s.enter() || s.leave(']') {
		return
	}
	more := true
	for k := 0; ; k++ {
		at := s.i
		if more {
			more = yield(k)
		}
		if s.i == at {
			s.Skip()
		}
		if !s.comma(']', "comma or closing bracket") {
			return
		}
	}
}

// Text reads a string; nil if it is null, or something else.
func (s *Scanner) Text() []byte {
	if s.Kind() != '"' {
		s.not("string")
		return nil
	}
	text, _ := s.text()
	return text
}

// Number reads a number, or a string, which may hold one, and returns its text:
// nil if it is null, or something else.
func (s *Scanner) Number() []byte {
	switch s.Kind() {
	case '0':
		text, _ := s.number()
		return text
	case '"':
		text, _ := s.text()
		return text
	}
	s.not("number")
	return nil
}

// Bool reads true or false; false if it is null, or something else.
func (s *Scanner) Bool() bool {
	switch s.Kind() {
	case 't':
		return s.literal("true")
	case 'f':
		s.literal("false")
	default:
		s.not("bool")
	}
	return false
}

// Raw passes over any value and returns its text, spaces within included, to be
// read by another Scanner: where one key says how another is to be read.
func (s *Scanner) Raw() []byte {
	at := s.i
	s.Skip()
	if s.err != nil {
		return nil
	}
	return s.data[at:s.i]
}

// Skip passes over any value.
func (s *Scanner) Skip() {
	switch s.next() {
	case '"':
		s.text()
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		s.number()
	case '{':
		for _, ok := s.First(); ok; {
			_, ok = s.Next()
		}
	case '[':
		s.Array(func(int) bool { return false })
	case 't':
		s.literal("true")
	case 'f':
		s.literal("false")
	case 'n':
		s.literal("null")
	default:
		s.miss("value")
	}
}

// not passes over a value that is not what was asked for. Null is no mistake.
func (s *Scanner) not(what string) {
	null := s.Kind() == 'n'
	s.Skip()
	if !null {
		s.mismatch(what, nil)
	}
}

func (s *Scanner) mismatch(what string, err error) {
	if s.err == nil && s.wrong == nil {
		s.wrong = &ValueError{At: s.i, Not: what, Err: err}
	}
}

// enter goes into an object or an array.
func (s *Scanner) enter() bool {
	s.i++
	s.space()
	if s.depth++; s.depth > maxDepth {
		s.miss("end of the nesting")
		return false
	}
	return true
}

// leave goes out of it, if it ends here.
func (s *Scanner) leave(c byte) bool {
	if s.space(); s.next() != c {
		return false
	}
	s.i++
	s.depth--
	return true
}

// comma goes on to what follows a comma. False: the object or array ends here with
// c, or neither is here.
func (s *Scanner) comma(c byte, missing string) bool {
	if b, i := s.data, s.i; i+1 < len(b) && b[i] == ',' && b[i+1] > ' ' {
		s.i++
		return true
	}
	s.space()
	switch s.next() {
	case ',':
		s.i++
		s.space()
		return true
	case c:
		s.i++
		s.depth--
	default:
		s.miss(missing)
	}
	return false
}
