package flatjson

import (
	"math"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
)

func scannerOf(m string) *Scanner {
	s := &Scanner{}
	s.Reset([]byte(m))
	return s
}

// TestAbsent: null and "" set zero, and nothing is wrong.
func TestAbsent(t *testing.T) {
	for _, m := range []string{`null`, `""`} {
		d, n, at := decimal.One, uint64(1), time.Now()
		assert.True(t, scannerOf(m).Amount(&d))
		assert.True(t, scannerOf(m).Uint(&n))
		assert.True(t, scannerOf(m).Time(&at))
		assert.Zero(t, d)
		assert.Zero(t, n)
		assert.Zero(t, at)
		at = time.Now()
		assert.True(t, scannerOf(m).Unix(&at, time.Second))
		assert.Zero(t, at)
	}
	s := scannerOf(`null`)
	assert.False(t, s.Bool())
	assert.NoError(t, s.Mismatch())
	s = scannerOf(`null`)
	assert.Nil(t, s.Text())
	assert.NoError(t, s.Mismatch())
	require.NoError(t, s.End())
	s = scannerOf(`null`)
	for range s.Object {
		t.Fail()
	}
	assert.NoError(t, s.Mismatch())
}

// TestMismatch: a value of another type costs itself, and is passed over.
func TestMismatch(t *testing.T) {
	reads := map[string]func(*Scanner) bool{
		"object": func(s *Scanner) bool {
			for range s.Object {
				return true
			}
			return false
		},
		"array": func(s *Scanner) bool {
			for range s.Array {
				return true
			}
			return false
		},
		"string":           func(s *Scanner) bool { return s.Text() != nil },
		"number":           func(s *Scanner) bool { return s.Number() != nil },
		"bool":             func(s *Scanner) bool { return s.Bool() },
		"amount":           func(s *Scanner) bool { return s.Amount(new(decimal.Decimal)) },
		"unsigned integer": func(s *Scanner) bool { return s.Uint(new(uint64)) },
		"time":             func(s *Scanner) bool { return s.Time(new(time.Time)) },
	}
	fits := map[string]string{
		`{"x":1}`: "object", `[1]`: "array", `"x"`: "string number", `true`: "bool", `12`: "number amount unsigned integer",
		`"12"`: "string number amount unsigned integer", `-1.5`: "number", `"2026-09-04T00:21:20Z"`: "string number time",
	}
	for m, names := range fits {
		for name, read := range reads {
			s := scannerOf(`[` + m + `,7]`)
			var ok bool
			var wrong error
			for i := range s.Array {
				if i == 0 {
					ok = read(s)
					wrong = s.Mismatch()
					continue
				}
				assert.Equal(t, "7", string(s.Number()))
			}
			require.NoError(t, s.End())
			want := containsName(names, name)
			assert.Equal(t, want, ok, "%s as %s", m, name)
			if want {
				assert.NoError(t, wrong, "%s as %s", m, name)
				continue
			}
			var ve *ValueError
			require.ErrorAs(t, wrong, &ve, "%s as %s", m, name)
			assert.Equal(t, name, ve.Not)
			assert.NoError(t, s.Mismatch(), "told once")
		}
	}
}

func containsName(names, name string) bool {
	for len(names) >= len(name) {
		if names[:len(name)] == name {
			return true
		}
		names = names[1:]
	}
	return false
}

func TestAmount(t *testing.T) {
	for m, want := range map[string]string{
		`"50000.10"`: "50000.1", `8e-08`: "0.00000008", `"4.089E+4"`: "40890", `0`: "0", `"0.00000000"`: "0", `"\u0031.5"`: "1.5",
	} {
		var d decimal.Decimal
		s := scannerOf(m)
		assert.True(t, s.Amount(&d), m)
		assert.Equal(t, want, d.String())
		require.NoError(t, s.End())
	}
	for _, m := range []string{`"-1"`, `-0.1`, `-0`, `"-0.0"`, `"abc"`, `" 1"`, `"1 "`, `"01"`, `"+1"`, `".5"`, `"NaN"`, `true`, `[]`} {
		d := decimal.One
		s := scannerOf(m)
		assert.False(t, s.Amount(&d), m)
		assert.Zero(t, d)
		require.Error(t, s.Mismatch(), m)
		require.NoError(t, s.End(), "the message is JSON all the same")
	}
	var d decimal.Decimal
	s := scannerOf(`0.12345678901234567890123`)
	assert.False(t, s.Amount(&d))
	require.ErrorIs(t, s.Mismatch(), exchange.ErrInexact)
	s = scannerOf(`01`)
	assert.False(t, s.Amount(&d))
	require.Error(t, s.End(), "that is no JSON")
}

func TestUint(t *testing.T) {
	for m, want := range map[string]uint64{
		`0`: 0, `37475248783`: 37475248783, `"216000477"`: 216000477, `18446744073709551615`: math.MaxUint64, `"9999999999999999999"`: 9999999999999999999,
	} {
		var n uint64
		assert.True(t, scannerOf(m).Uint(&n), m)
		assert.Equal(t, want, n)
	}
	for _, m := range []string{`-1`, `1.0`, `1e3`, `"1a"`, `18446744073709551616`, `"99999999999999999999999"`, `"+1"`, `" 1"`, `false`} {
		n := uint64(1)
		s := scannerOf(m)
		assert.False(t, s.Uint(&n), m)
		assert.Zero(t, n)
		require.Error(t, s.Mismatch())
	}
}

func TestTimes(t *testing.T) {
	at := time.Date(2026, 9, 4, 0, 21, 20, 217476000, time.UTC)
	var got time.Time
	for _, m := range []string{`"2026-09-04T00:21:20.217476Z"`, `"2026-09-04T02:21:20.217476000+02:00"`, `"2026-09-03T23:21:20.217476-01:00"`} {
		require.True(t, scannerOf(m).Time(&got), m)
		assert.Equal(t, at, got)
	}
	for m, unit := range map[string]time.Duration{`1788481280217476`: time.Microsecond, `"1788481280217476000"`: time.Nanosecond} {
		require.True(t, scannerOf(m).Unix(&got, unit), m)
		assert.Equal(t, at, got)
	}
	require.True(t, scannerOf(`1788481280217`).Unix(&got, time.Millisecond))
	assert.Equal(t, at.Truncate(time.Millisecond), got)
	require.True(t, scannerOf(`"1788481280"`).Unix(&got, time.Second))
	assert.Equal(t, at.Truncate(time.Second), got)
	require.True(t, scannerOf(`0`).Unix(&got, time.Second))
	assert.Zero(t, got)
	for _, m := range []string{`-1`, `1.5`, `1e9`, `"now"`, `99999999999999999999`, `9999999999999`} {
		s := scannerOf(m)
		assert.False(t, s.Unix(&got, time.Second), m)
		assert.Zero(t, got)
		require.Error(t, s.Mismatch())
	}
	for _, m := range []string{`"2026-09-04"`, `"2026-02-30T00:00:00Z"`, `"yesterday, about three o'clock"`, `1788481280`} {
		s := scannerOf(m)
		assert.False(t, s.Time(&got), m)
		assert.Zero(t, got)
		require.Error(t, s.Mismatch())
	}
}
