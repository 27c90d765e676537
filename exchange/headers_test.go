package exchange

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRateLimitPausesTheBudget(t *testing.T) {
	// the exchange's clock is an hour fast, which must not matter
	fast := func() time.Time { return time.Now().Add(time.Hour).UTC() }
	for name, c := range map[string]struct {
		status int
		header func(h http.Header)
		said   time.Duration
	}{
		"seconds":       {429, func(h http.Header) { h.Set("Retry-After", "7") }, 7 * time.Second},
		"a ban":         {418, func(h http.Header) { h.Set("Retry-After", " 120 ") }, 2 * time.Minute},
		"not said":      {429, func(h http.Header) {}, 0},
		"nonsense":      {429, func(h http.Header) { h.Set("Retry-After", "soon") }, 0},
		"negative":      {429, func(h http.Header) { h.Set("Retry-After", "-5") }, 0},
		"for ages":      {429, func(h http.Header) { h.Set("Retry-After", "99999999999999999999") }, 0},
		"for a century": {429, func(h http.Header) { h.Set("Retry-After", "3155760000") }, 72 * time.Hour},
		"a date": {429, func(h http.Header) {
			h.Set("Date", fast().Format(http.TimeFormat))
			h.Set("Retry-After", fast().Add(30*time.Second).Format(http.TimeFormat))
		}, 30 * time.Second},
		"a date without Date": {429, func(h http.Header) {
			h["Date"] = nil
			h.Set("Retry-After", time.Now().UTC().Add(30*time.Second).Format(http.TimeFormat))
		}, 30 * time.Second},
		"a date gone by": {429, func(h http.Header) {
			h.Set("Retry-After", time.Now().UTC().Add(-time.Hour).Format(http.TimeFormat))
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := serve(t, func(w http.ResponseWriter, r *http.Request) {
					c.header(w.Header())
					w.WriteHeader(c.status)
					fmt.Fprint(w, "slow down")
				})
				b := NewBudget(100, 100)
				_, err := NewREST("sim", &Options{HTTPClient: client, Budget: b}, "http://x").Get(t.Context(), "/x", 1)
				var limit *RateLimitError
				require.ErrorAs(t, err, &limit)
				assert.Equal(t, c.said, limit.RetryAfter)
				var se *StatusError
				require.ErrorAs(t, err, &se)
				assert.Equal(t, StatusError{c.status, "slow down"}, *se)
				start := time.Now()
				require.NoError(t, b.wait(t.Context(), 1))
				assert.Equal(t, max(c.said, time.Second), time.Since(start))
			})
		})
	}
}

func TestUnsaidPausesGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limited := true
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(10 * time.Millisecond)
			if limited {
				w.WriteHeader(429)
			}
		})
		b := NewBudget(1000, 3)
		r := NewREST("sim", &Options{HTTPClient: client, Budget: b}, "http://x")
		paused := func() time.Duration {
			start := time.Now()
			ctx, err := b.Reserve(t.Context(), 3)
			require.NoError(t, err)
			var wg sync.WaitGroup
			for range 3 { // under way together: one hit
				wg.Go(func() { _, _ = r.Get(ctx, "/x", 1) })
			}
			wg.Wait()
			return time.Since(start).Round(100 * time.Millisecond)
		}
		paused()
		var got []time.Duration
		for range 8 {
			got = append(got, paused())
		}
		s := time.Second
		assert.Equal(t, []time.Duration{s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 60 * s, 60 * s}, got)
		limited = false
		paused()
		limited = true
		paused()
		assert.Equal(t, s, paused(), "an answer sets it back")

		r.Limited(&RateLimitError{RetryAfter: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), 59*time.Minute)
		defer cancel()
		require.ErrorIs(t, b.wait(ctx, 1), context.DeadlineExceeded, "a limit told in a body")
	})
}

// TestLimitsToldInABody: the answer that carries one does not set the pauses back,
// and the next that carries none does.
func TestLimitsToldInABody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, func(http.ResponseWriter, *http.Request) {})
		r := NewREST("sim", &Options{HTTPClient: client, Budget: NewBudget(1000, 1)}, "http://x")
		var got []time.Duration
		for n := range 6 {
			start := time.Now()
			_, err := r.Get(t.Context(), "/x", 1)
			require.NoError(t, err)
			if got = append(got, time.Since(start).Round(100*time.Millisecond)); n != 3 {
				r.Limited(&RateLimitError{})
			}
		}
		s := time.Second
		assert.Equal(t, []time.Duration{0, s, 2 * s, 4 * s, 0, s}, got)
	})
}

func TestAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var skew, old time.Duration
		age := ""
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(skew-old).UTC().Format(http.TimeFormat))
			if age != "" {
				w.Header().Set("Age", age)
			}
		})
		for _, skew = range []time.Duration{0, -2 * time.Hour, 300 * time.Millisecond, 5 * time.Minute} {
			r := NewREST("sim", &Options{HTTPClient: client}, "http://x")
			ask := func() time.Duration {
				a, err := r.Get(t.Context(), "/x", 1)
				require.NoError(t, err)
				return a.Age
			}
			age, old = "", 0
			for range 50 {
				require.Zero(t, ask(), "fresh answers, whatever the clocks")
				time.Sleep(170 * time.Millisecond)
			}
			old = 30 * time.Second
			got := ask()
			assert.LessOrEqual(t, got, old)
			assert.Greater(t, got, old-2*time.Second)
			age = "45"
			assert.Equal(t, 46*time.Second, ask(), "the larger counts, and what Age rounds down")
			age = "5"
			assert.InDelta(t, 30, ask().Seconds(), 2)
			for _, age = range []string{"x", "-7", "1.5"} {
				old = 0
				assert.Zero(t, ask())
			}
		}
	})
}

func TestAgeWithoutDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Date"] = nil
			w.Header().Set("Age", "9")
		})
		a, err := NewREST("sim", &Options{HTTPClient: client}, "http://x").Get(t.Context(), "/x", 1)
		require.NoError(t, err)
		assert.Equal(t, 10*time.Second, a.Age)
	})
}
