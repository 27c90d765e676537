package flatjson

import "fmt"

// maxDepth is how deep values may nest, as in encoding/json.
const maxDepth = 10_000

// Scanner reads one message after the other. Its zero value is a scanner of an
// empty message; begin with Reset. What it returns of a message are parts of it
// or of a buffer of its own, and hold until the next Reset. It is for one
// goroutine.
//
// Inside a loop over Object or Array the next value is to be read, or left
// alone: then it is passed over. A value is read once.
type Scanner struct {
	data    []byte
	i       int // what comes next
	start   int // where the message begins, but for spaces
	at      int // where the value of the last key begins
	depth   int
	scratch []byte // strings that had escapes, one after the other
	err     *SyntaxError
	wrong   *ValueError
}

// SyntaxError says that a message is not JSON.
type SyntaxError struct {
	At      int    // which byte
	Missing string // what should be there
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("flatjson: no %s at byte %d", e.Missing, e.At)
}

// ValueError says that a value is not what was asked for.
type ValueError struct {
	At  int    // where the value ends
	Not string // what it is not
	Err error  // why, where there is more to say; else nil
}

func (e *ValueError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("flatjson: no %s before byte %d: %v", e.Not, e.At, e.Err)
	}
	return fmt.Sprintf("flatjson: no %s before byte %d", e.Not, e.At)
}

// Unwrap returns why.
func (e *ValueError) Unwrap() error { return e.Err }

// Reset begins a message. It keeps nothing of the one before but its buffer.
func (s *Scanner) Reset(message []byte) {
	*s = Scanner{data: message, scratch: s.scratch[:0]}
	s.space()
	s.start = s.i
}

// End reports whether the message was JSON to its very end: nil or a
// *SyntaxError. If nothing has been read, it passes over the whole.
func (s *Scanner) End() error {
	if s.i == s.start {
		s.Skip()
	}
	if s.space(); s.i < len(s.data) {
		s.miss("end")
	}
	if s.err != nil {
		return s.err
	}
	return nil
}

// Mismatch returns what was first found not to be as asked since the last call
// of Mismatch or Reset: nil or a *ValueError.
func (s *Scanner) Mismatch() error {
	if s.wrong == nil {
		return nil
	}
	err := s.wrong
	s.wrong = nil
	return err
}
