package flatjson

import (
	"time"

	"github.com/tickersync/tickersync/internal/digits"
)

// rfc3339 reads a moment without allocating: 2022-10-19T23:28:22.061769Z, with
// no fraction or any, of which nine digits count, and with Z or an offset.
func rfc3339(b []byte) (t time.Time, ok bool) {
	if len(b) < len("2006-01-02T15:04:05Z") || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		return t, false
	}
	century, year := two(b[0], b[1]), two(b[2], b[3])
	month, day := two(b[5], b[6]), two(b[8], b[9])
	hour, minute, second := two(b[11], b[12]), two(b[14], b[15]), two(b[17], b[18])
	if century > 99 || year > 99 || month-1 > 11 || day-1 > 30 || hour > 23 || minute > 59 || second > 59 {
		return t, false
	}
	nanos, rest, ok0 := fraction(b[19:])
	offset, ok1 := zone(rest)
	if !ok0 || !ok1 {
		return t, false
	}
	t = time.Date(int(century*100+year), time.Month(month), int(day), int(hour), int(minute), int(second), nanos, time.UTC)
	if day > 28 && t.Day() != int(day) {
		return t, false // the 30th of February is no day
	}
	return t.Add(-offset), true
}

// two reads two digits; what are none are more than 99.
func two(tens, ones byte) uint {
	tens -= '0'
	ones -= '0'
	if tens > 9 || ones > 9 {
		return 100
	}
	return uint(tens)*10 + uint(ones)
}

// fraction reads the part of a second, if there is one, in nanoseconds.
func fraction(b []byte) (nanos int, rest []byte, ok bool) {
	if b[0] != '.' {
		return 0, b, true
	}
	eight, n := digits.Leading(digits.Word(b, 1))
	if n == 0 {
		return 0, b, false
	}
	nanos = int(digits.Number(eight, 0)*digits.Ten(8-n)) * 10
	b = b[1+n:]
	if n == 8 && len(b) > 0 && b[0]-'0' <= 9 {
		nanos += int(b[0] - '0')
		for len(b) > 0 && b[0]-'0' <= 9 { // picoseconds and so on
			b = b[1:]
		}
	}
	return nanos, b, true
}

// zone reads Z or an offset such as +01:00.
func zone(b []byte) (time.Duration, bool) {
	switch {
	case len(b) == 1:
		return 0, b[0] == 'Z'
	case len(b) != 6 || b[0] != '+' && b[0] != '-' || b[3] != ':':
		return 0, false
	}
	hour, minute := two(b[1], b[2]), two(b[4], b[5])
	d := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute
	if b[0] == '-' {
		d = -d
	}
	return d, hour <= 23 && minute <= 59
}
