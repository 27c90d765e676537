package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFlightAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/limited":
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(http.StatusTooManyRequests)
			case "/gone":
				w.WriteHeader(http.StatusNotFound)
			case "/page":
				_, _ = w.Write([]byte("<html>"))
				return
			case "/long":
				_, _ = w.Write(bytes.Repeat([]byte("1"), 1<<20))
				return
			}
			w.Header().Set("Age", "3")
			w.Header().Set("Set-Cookie", "secret")
			fmt.Fprintf(w, "%s", r.URL)
		})
		rest := NewREST("sim", &Options{HTTPClient: client}, "http://me:secret@x")
		r := FlightRecorder{MaxBytes: 1 << 20}
		ask := func(what string, paths ...string) {
			ctx := r.Asking(t.Context(), what, Listing{Market: "A-X"})
			time.Sleep(time.Second)
			for _, path := range paths {
				_, _ = rest.Get(ctx, path, 1)
			}
		}
		_, _ = rest.Get(t.Context(), "/nobody-asked", 1)
		ask(AskMarkets, "/old")
		ask(AskMarkets, "/list", "/more")
		ask(AskMarkets, "/gone")
		ask(AskMarket, "/ticker?m=a", "/limited", "/page")
		ask(AskSnapshot, "/long")
		var got []string
		for _, l := range lines(t, r.Recording())[1:] {
			assert.Equal(t, time.Second, l.TS.Sub(l.Asked.Time))
			got = append(got, fmt.Sprint(l.Call, l.For, " ", l.Path, " ", l.Status, l.Head, string(l.Data()), l.Error, l.Cut))
		}
		for i, want := range []string{
			"2markets /list 200", "2markets /more 200", "3markets /gone 404", "4fetch /ticker?m=a 200", "4fetch /limited 429", "4fetch /page 0", "5snapshot /long 200",
		} {
			require.Greater(t, len(got), i)
			assert.True(t, strings.HasPrefix(got[i], want), got[i])
		}
		assert.Len(t, got, 7)
		assert.Contains(t, got[4], "7}")
		assert.Contains(t, got[5], "answered with HTML")
		assert.True(t, strings.HasSuffix(got[6], "true"), "its body was too long to be kept")
	})
}

// A call whose requests were all answered, and that failed, could not read them.
func TestAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/gone" {
				w.WriteHeader(http.StatusNotFound)
			}
		})
		rest := NewREST("sim", &Options{HTTPClient: client}, "http://x")
		unread := errors.New("no tickers in it")
		for _, c := range []struct {
			path   string
			err    error
			failed bool
		}{
			{"/tickers", unread, true},
			{"/tickers", nil, false},
			{"/gone", unread, false},
			{"/tickers", &RateLimitError{}, false},
			{"/tickers", fmt.Errorf("%w: A", ErrUnknownMarket), false},
			{"/tickers", NewFrameError("sim", "", nil, unread), false}, // counted elsewhere
		} {
			var r FlightRecorder
			ctx := r.Asking(t.Context(), AskSnapshot, Listing{})
			_, _ = rest.Get(ctx, c.path, 1)
			Asked(ctx, c.err)
			rec, _ := r.take()
			if assert.Equal(t, c.failed, rec != nil, "%s: %v", c.path, c.err) && c.failed {
				assert.Equal(t, Failure{BadFrame, unread, time.Now()}, rec.Failure)
			}
		}
		Asked(t.Context(), unread) // a call that nobody records
	})
}
