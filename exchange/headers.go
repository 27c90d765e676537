package exchange

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	maxHeaders    = 256 << 10          // bytes of an answer's headers
	maxStatusBody = 512                // bytes kept of an answer that is an error
	maxReason     = 200                // bytes kept of why a market is refused
	maxRetryAfter = 3 * 24 * time.Hour // no exchange bans for longer
	firstPause    = time.Second        // after a 429 without Retry-After
	longestPause  = time.Minute        // and after many
)

// refusal is the error for a status other than the one hoped for.
func refusal(status int, h http.Header, body []byte) error {
	err := &StatusError{Status: status, Body: string(body[:min(len(body), maxStatusBody)])}
	if status == http.StatusTooManyRequests || status == http.StatusTeapot {
		return &RateLimitError{RetryAfter: retryAfter(h, time.Now()), Err: err}
	}
	if status == http.StatusUnauthorized || status == http.StatusGone {
		return Permanent(err)
	}
	return err
}

// retryAfter reads the header in either of its forms. A date counts from the
// answer's own Date, since the exchange's clock wrote both; from now without one.
// Zero: it does not say, or says something past.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if at, err := http.ParseTime(v); err == nil {
		if date, err := http.ParseTime(h.Get("Date")); err == nil {
			now = date
		}
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	s, _ := seconds(v)
	return min(s, maxRetryAfter)
}

// seconds reads a header of whole seconds; false where it is none. More than a
// year is a year.
func seconds(v string) (time.Duration, bool) {
	const year = 365 * 24 * 3600
	n, err := strconv.ParseUint(strings.TrimSpace(v), 10, 64)
	if err != nil {
		return 0, false
	}
	return time.Duration(min(n, year)) * time.Second, true
}

// dates remembers how far behind our clock the answers' Date headers are at the
// least.
type dates struct {
	start time.Time // fixes our clock, so that setting it changes nothing
	mu    sync.Mutex
	least time.Duration
	any   bool
}

func (d *dates) age(h http.Header, received time.Time) time.Duration {
	age, told := seconds(h.Get("Age"))
	if told {
		age += time.Second // whole seconds are rounded down
	}
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return age
	}
	behind := d.start.Round(0).Add(received.Sub(d.start)).Sub(date)
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.any || behind < d.least {
		d.any, d.least = true, behind
	}
	return max(age, behind-d.least-time.Second)
}

// limits is how long to pause where the exchange hits its limit and does not say
// for how long.
type limits struct {
	mu     sync.Mutex
	next   time.Duration
	before time.Duration // what next was when an answer came
	until  time.Time
}

// pause returns for how long to pause. Requests that were under way together
// count as one hit.
func (l *limits) pause(said time.Duration) time.Duration {
	if said > 0 {
		return said
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if left := time.Until(l.until); left > 0 {
		return left
	}
	d := max(l.next, firstPause)
	l.next = min(2*d, longestPause)
	l.until = time.Now().Add(d)
	return d
}

func (l *limits) passed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.before, l.next = l.next, 0
}

// notPassed says that the last answer was a hit after all: it said so in its body.
func (l *limits) notPassed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next = max(l.next, l.before)
}
