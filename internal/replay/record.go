package replay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The kinds of records. Those beside connect and recv are in recordings that a
// program of this library has made, and Frames passes over them.
const (
	Header  = "recording" // the first: of which exchange, and what went wrong
	Connect = "connect"   // a connection was opened
	Recv    = "recv"      // a frame came
	Open    = "open"      // a link began: its connections have acknowledged the markets
	Carry   = "carry"     // a link carries further markets
	Close   = "close"     // a link ended
	REST    = "rest"      // a request was answered, or failed
)

// Record is one line of a recording.
type Record struct {
	T     string `json:"t"`
	TS    Time   `json:"ts"`             // when it happened; of a request, when it was answered
	Asked Time   `json:"asked,omitzero"` // of a request: when it was meant to be sent

	Conn string `json:"conn,omitempty"` // the connection
	Addr string `json:"addr,omitempty"` // of the connection, without its query
	Link int    `json:"link,omitempty"` // whose connection it is

	Markets []Listing `json:"markets,omitempty"` // that a link carries

	Call   int     `json:"call,omitempty"`   // requests of one call have the same
	For    string  `json:"for,omitempty"`    // what was called: markets, snapshot, fetch
	Market string  `json:"market,omitempty"` // that was fetched
	Path   string  `json:"path,omitempty"`   // of the request, with its query
	Status int     `json:"status,omitempty"` // of the answer; zero: there was none
	Head   Headers `json:"head,omitzero"`    // of the answer
	Error  string  `json:"error,omitempty"`  // why a link ended, a request failed, or this was recorded

	Exchange string `json:"exchange,omitempty"`
	Kind     string `json:"kind,omitempty"`    // of what went wrong
	Missed   int    `json:"missed,omitempty"`  // failures before it that were not recorded
	Dropped  uint64 `json:"dropped,omitempty"` // records that there was no room for

	Text   *string `json:"data,omitempty"` // the frame or body
	Binary []byte  `json:"b64,omitempty"`  // where that is no text
	Cut    bool    `json:"cut,omitempty"`  // the body was too long to be kept
}

// Headers are those of an answer that say how old it is, or when to ask again.
type Headers struct {
	Date       string `json:"date,omitempty"`
	Age        string `json:"age,omitempty"`
	RetryAfter string `json:"retry_after,omitempty"`
}

// Listing is a market that a link carries, and how the exchange spells it.
type Listing struct {
	Market string `json:"market"`
	Symbol string `json:"symbol"`
	REST   string `json:"rest,omitempty"`
}

// SetData sets the frame or body, which it does not copy if it is no text.
func (r *Record) SetData(p []byte) {
	if utf8.Valid(p) {
		s := string(p)
		r.Text = &s
	} else {
		r.Binary = p
	}
}

// Data returns the frame or body.
func (r *Record) Data() []byte {
	if r.Text != nil {
		return []byte(*r.Text)
	}
	return r.Binary
}

// Time is a moment in seconds since 1970, exact to the nanosecond.
type Time struct{ time.Time }

// MarshalJSON writes it as a number.
func (t Time) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%d.%09d", t.Unix(), t.Nanosecond()), nil
}

// UnmarshalJSON reads a number, without an exponent.
func (t *Time) UnmarshalJSON(p []byte) error {
	whole, frac, _ := strings.Cut(string(p), ".")
	sec, err := strconv.ParseUint(whole, 10, 40)
	if err != nil {
		return fmt.Errorf("replay: %.40q is no time", p)
	}
	nsec, err := strconv.ParseUint((frac + "000000000")[:9], 10, 32)
	if err != nil {
		return fmt.Errorf("replay: %.40q is no time", p)
	}
	t.Time = time.Unix(int64(sec), int64(nsec))
	return nil
}

// Records reads the records of a recording that a program of this library has
// made, in their order. An error ends it: one of reading, or of a line that is no
// record.
func Records(r io.Reader) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, longest)
		for n := 1; lines.Scan(); n++ {
			line := bytes.TrimSpace(lines.Bytes())
			if len(line) == 0 {
				continue
			}
			rec := new(Record)
			if err := json.Unmarshal(line, rec); err != nil {
				yield(nil, fmt.Errorf("replay: line %d: %w", n, err))
				return
			}
			if !yield(rec, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(nil, fmt.Errorf("replay: %w", err))
		}
	}
}
