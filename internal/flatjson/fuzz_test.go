package flatjson

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"
	"unicode/utf8"
)

// tree reads any value as encoding/json does into an any, with numbers as they
// are written.
func tree(s *Scanner) any {
	switch s.Kind() {
	case '{':
		m := map[string]any{}
		for key := range s.Object {
			name := string(key)
			m[name] = tree(s)
		}
		return m
	case '[':
		a := []any{}
		for range s.Array {
			a = append(a, tree(s))
		}
		return a
	case '"':
		return string(s.Text())
	case '0':
		return json.Number(s.Number())
	case 't', 'f':
		return s.Bool()
	}
	s.Skip()
	return nil
}

// FuzzAgainstEncodingJSON: both accept a message or both refuse it, but for bad
// UTF-8; and both read the same.
func FuzzAgainstEncodingJSON(f *testing.F) {
	for _, m := range slices.Concat(refused(), accepted(), corpus(f), []string{coinbaseTicker}) {
		if len(m) < 1000 { // deep nesting is tried elsewhere, and is slow
			f.Add([]byte(m))
		}
	}
	f.Fuzz(func(t *testing.T, m []byte) { compare(t, m) })
}

func compare(t *testing.T, m []byte) {
	t.Helper()
	want := json.Valid(m) && utf8.Valid(m)
	var s Scanner
	s.Reset(m)
	if err := s.End(); (err == nil) != want {
		t.Fatalf("%.200q: passed over: %v, want %v", m, err, want)
	}
	s.Reset(m)
	raw := s.Raw()
	if err := s.End(); (err == nil) != want {
		t.Fatalf("%.200q: raw: %v, want %v", m, err, want)
	} else if want && !bytes.Equal(raw, bytes.Trim(m, " \t\r\n")) {
		t.Fatalf("%.200q: raw is %.200q", m, raw)
	}
	s.Reset(m)
	got := tree(&s)
	if err := s.End(); (err == nil) != want {
		t.Fatalf("%.200q: read: %v, want %v", m, err, want)
	}
	if !want {
		return
	}
	if err := s.Mismatch(); err != nil {
		t.Fatalf("%.200q: %v", m, err)
	}
	d := json.NewDecoder(bytes.NewReader(m))
	d.UseNumber()
	var theirs any
	if err := d.Decode(&theirs); err != nil {
		t.Fatalf("%.200q: %v", m, err)
	}
	if !reflect.DeepEqual(got, theirs) {
		t.Fatalf("%.200q: read %v, they %v", m, got, theirs)
	}
	compareValues(t, m)
}

var spelled = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// FuzzTime: what is read as a moment is the moment that package time reads.
func FuzzTime(f *testing.F) {
	for _, m := range []string{
		"2022-10-19T23:28:22.061769Z", "2020-02-29T00:00:00Z", "2021-02-29T00:00:00Z", "2026-09-04T00:21:20.123456789+05:30",
		"2026-09-04T00:21:20,5Z", "2026-09-04T00:21:20.Z", "2026-09-04t00:21:20z", "2026-09-04T24:00:00Z", "2026-12-31T23:59:60Z",
		"2026-09-04T00:21:20.1234567891Z", "0000-01-01T00:00:00-23:59", "2026-9-4T0:21:20Z", "2026-04-31T00:00:00Z",
	} {
		f.Add(m)
	}
	f.Fuzz(func(t *testing.T, m string) {
		got, ok := rfc3339([]byte(m))
		var want time.Time
		err := want.UnmarshalText([]byte(m))
		switch {
		case ok && (err != nil || !got.Equal(want)):
			t.Fatalf("%q: read %v, they %v, %v", m, got, want, err)
		case !ok && err == nil && spelled.MatchString(m): // they take 1:00:00, 01:00:00,5 and +24:60 too
			t.Fatalf("%q: not read; they read %v", m, want)
		}
	})
}
