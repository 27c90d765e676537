package flatjson

import "time"

// rfc3339 reads a moment without allocating: 2022-10-19T23:28:22.061769Z, with
// no fraction or any, of which nine digits count, and with Z or an offset.
func rfc3339(b []byte) (t time.Time, ok bool) {
	if len(b) < len("2006-01-02T15:04:05Z") || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		return t, false
	}
	year, ok0 := field(b[0:4], 0, 9999)
	month, ok1 := field(b[5:7], 1, 12)
	day, ok2 := field(b[8:10], 1, 31)
	hour, ok3 := field(b[11:13], 0, 23)
	minute, ok4 := field(b[14:16], 0, 59)
	second, ok5 := field(b[17:19], 0, 59)
	nanos, rest, ok6 := fraction(b[19:])
	offset, ok7 := zone(rest)
	if !(ok0 && ok1 && ok2 && ok3 && ok4 && ok5 && ok6 && ok7) {
		return t, false
	}
	t = time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	return t.Add(-offset), t.Day() == day // the 30th of February is no day
}

// field reads digits, between least and most.
func field(b []byte, least, most int) (n int, ok bool) {
	for _, c := range b {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = n*10 + int(c)
	}
	return n, least <= n && n <= most
}

// fraction reads the part of a second, if there is one, in nanoseconds.
func fraction(b []byte) (nanos int, rest []byte, ok bool) {
	if b[0] != '.' {
		return 0, b, true
	}
	k := 1
	for ; k < len(b) && b[k]-'0' <= 9; k++ {
		if k <= 9 {
			nanos = nanos*10 + int(b[k]-'0')
		}
	}
	for i := k; i <= 9; i++ {
		nanos *= 10
	}
	return nanos, b[k:], k > 1
}

// zone reads Z or an offset such as +01:00.
func zone(b []byte) (time.Duration, bool) {
	switch {
	case len(b) == 1:
		return 0, b[0] == 'Z'
	case len(b) != 6 || b[0] != '+' && b[0] != '-' || b[3] != ':':
		return 0, false
	}
	hour, ok0 := field(b[1:3], 0, 23)
	minute, ok1 := field(b[4:6], 0, 59)
	d := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute
	if b[0] == '-' {
		d = -d
	}
	return d, ok0 && ok1
}
