package flatjson

import (
	"bytes"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"

	"github.com/tickersync/tickersync/exchange"
)

// compareValues reads every value of a message as an amount, as an id and as a
// moment, and compares with what encoding/json says that the value is.
func compareValues(t *testing.T, m []byte) {
	t.Helper()
	for what, read := range map[string]func(s *Scanner, text string) bool{
		"amount": func(s *Scanner, text string) bool {
			var d decimal.Decimal
			got := s.Amount(&d)
			want, err := exchange.ParseDecimal([]byte(text))
			ok := text == "" || err == nil && text[0] != '-'
			return got == ok && (d == want && ok || d == decimal.Decimal{} && !ok)
		},
		"id": func(s *Scanner, text string) bool {
			n := uint64(1)
			got := s.Uint(&n)
			want, err := strconv.ParseUint(text, 10, 64)
			ok := text == "" || err == nil
			return got == ok && (n == want && ok || n == 0 && !ok)
		},
		"moment": func(s *Scanner, text string) bool {
			var at time.Time
			got := s.Unix(&at, time.Millisecond)
			n, err := strconv.ParseUint(text, 10, 64)
			ok := text == "" || err == nil && n/1000 < 1<<33
			return got == ok && (at.IsZero() && (n == 0 || !ok) || ok && at.Equal(time.UnixMilli(int64(n))))
		},
	} {
		var s Scanner
		s.Reset(m)
		d := json.NewDecoder(bytes.NewReader(m))
		d.UseNumber()
		walk(t, &s, d, what, read)
		if err := s.End(); err != nil {
			t.Fatalf("%.200q: read as %ss: %v", m, what, err)
		}
	}
}

// walk reads one value. Of every number and string it asks whether read is right on
// what it says.
func walk(t *testing.T, s *Scanner, d *json.Decoder, what string, read func(s *Scanner, text string) bool) {
	t.Helper()
	token, err := d.Token()
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	switch v := token.(type) {
	case json.Delim:
		if v == '{' {
			for range s.Object {
				_, _ = d.Token() // the key
				walk(t, s, d, what, read)
			}
		} else {
			for range s.Array {
				walk(t, s, d, what, read)
			}
		}
		_, _ = d.Token() // the end
		return
	case bool:
		text = "no number"
	case string:
		text = v
	case json.Number:
		text = string(v)
	}
	ok := read(s, text)
	if wrong := s.Mismatch(); !ok || wrong != nil && text == "" {
		t.Fatalf("%.200q is not read rightly as %s; %v", text, what, wrong)
	}
}

// TestNumbersOfEveryLength: digits are read eight at a time; what is longer, or
// near the end of the message, is read, too.
func TestNumbersOfEveryLength(t *testing.T) {
	const digits, zeros = "1234567890123456789012345", "0000000000000000000000000"
	for whole := range 21 {
		for decimals := range 21 {
			for _, end := range []int{0, 1, 2, 8, 9} {
				number := digits[:whole]
				if whole == 0 {
					number = "0"
				}
				if decimals+end > 0 {
					number += "." + zeros[:end/3] + digits[len(digits)-decimals:] + zeros[:end]
				}
				for _, m := range []string{number, `"` + number + `"`, `[` + number + `]`, `{"a":"` + number + `","b":` + number + ` ,"c": ` + number + `}`} {
					compareValues(t, []byte(m))
				}
			}
		}
	}
}

// TestNumbersThatAreNone: a byte more or another one makes a number none, or
// another.
func TestNumbersThatAreNone(t *testing.T) {
	for _, number := range []string{"0", "7", "12.50", "12345678", "0.12345678", "87654321.12345678", "1234567890123456"} {
		for i := range len(number) + 1 {
			for c := range 256 {
				for _, end := range []int{i, min(i+1, len(number))} {
					quoted := `{"a":"` + number[:i] + string([]byte{byte(c)}) + number[end:] + `","b":1}`
					compare(t, []byte(quoted))
					compare(t, []byte(`[`+number[:i]+string([]byte{byte(c)})+number[end:]+`]`))
				}
			}
		}
	}
}

func TestUnsigned(t *testing.T) {
	var s Scanner
	for m, want := range map[string]uint64{"18446744073709551615": 1<<64 - 1, `"0000000000000000000007"`: 7, "10000000000000001": 1e16 + 1} {
		var n uint64
		s.Reset([]byte(m))
		assert.True(t, s.Uint(&n), m)
		assert.Equal(t, want, n)
	}
}
