package exchange

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Weight", "7")
			fmt.Fprintf(w, "%s %s %s", r.Host, r.URL, r.Header["User-Agent"])
		})
		for _, o := range []*Options{
			{HTTPClient: client, UserAgent: "me"},
			{HTTPClient: client, UserAgent: "me", RESTURL: "http://api.example/v2/"},
		} {
			a, err := NewREST("sim", o, "http://default.example").Get(t.Context(), "/ticker?market=btc_eur", 1)
			require.NoError(t, err)
			want := "default.example /ticker?market=btc_eur [me]"
			if o.RESTURL != "" {
				want = "api.example /v2/ticker?market=btc_eur [me]"
			}
			assert.Equal(t, want, string(a.Body))
			assert.Equal(t, "7", a.Header.Get("X-Weight"))
			assert.Equal(t, time.Now(), a.Received)
			assert.Zero(t, a.Age)
		}
	})
}

func TestGetIsPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {})
		b := NewBudget(1, 4)
		r := NewREST("sim", &Options{HTTPClient: client, Budget: b}, "http://x")
		start := time.Now()
		for range 3 {
			_, err := r.Get(t.Context(), "/", 4)
			require.NoError(t, err)
		}
		assert.Equal(t, 8*time.Second, time.Since(start).Round(time.Microsecond))
		paid, err := b.Reserve(t.Context(), 4)
		require.NoError(t, err)
		_, err = r.Get(paid, "/", 4)
		require.NoError(t, err)
		assert.Equal(t, 12*time.Second, time.Since(start).Round(time.Microsecond), "paid once")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = r.Get(ctx, "/", 4)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestGetBadAnswers(t *testing.T) {
	endless := func(w io.Writer) {
		junk := []byte(strings.Repeat("9", 1<<16))
		for {
			if _, err := w.Write(junk); err != nil {
				return
			}
		}
	}
	hang := func(r *http.Request) { <-r.Context().Done() }
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"HTML with status 200": {func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "\r\n <!DOCTYPE html><html>Checking your browser</html>")
		}, `sim: GET /x: answered with HTML: "\r\n <!DOCTYPE html>`},
		"500":  {func(w http.ResponseWriter, r *http.Request) { http.Error(w, "oops", 500) }, `sim: GET /x: status 500: "oops\n"`},
		"204":  {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) }, `sim: GET /x: status 204: ""`},
		"hang": {func(w http.ResponseWriter, r *http.Request) { hang(r) }, "sim: GET /x: no answer within 10s"},
		"hang within the answer": {func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `{"result":`)
			w.(http.Flusher).Flush()
			hang(r)
		}, "sim: GET /x: no answer within 10s"},
		"endless":       {func(w http.ResponseWriter, r *http.Request) { endless(w) }, "sim: GET /x: answer longer than 1000000 bytes"},
		"endless error": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(502); endless(w) }, `sim: GET /x: status 502: "9`},
		"gzip bomb": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			endless(gzip.NewWriter(w))
		}, "sim: GET /x: answer longer than 1000000 bytes"},
		"cut short": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, `{"result":`)
		}, "sim: GET /x: unexpected EOF"},
		"no answer": {func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }, "sim: GET /x: EOF"},
		"redirect elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.example/x", http.StatusFound)
		}, `sim: GET /x: redirected elsewhere, to "http://elsewhere.example/x"`},
		"redirect without end": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/y", http.StatusFound)
		}, "sim: GET /x: redirected five times"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := NewREST("sim", &Options{HTTPClient: serve(t, c.handler), MaxBody: 1e6}, "http://api.example")
				a, err := r.Get(t.Context(), "/x", 1)
				assert.Nil(t, a)
				require.ErrorContains(t, err, c.want)
				assert.Less(t, len(err.Error()), 500)
				assert.False(t, IsPermanent(err))
				assert.NotErrorIs(t, err, context.DeadlineExceeded, "the caller's context has not ended")
			})
		})
	}
}

func TestGetKeepsTheStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status := 0
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, strings.Repeat("x", 1000))
		})
		for _, status = range []int{401, 403, 404, 410, 451, 500, 503} {
			_, err := NewREST("sim", &Options{HTTPClient: client}, "http://x").Get(t.Context(), "/x", 1)
			var se *StatusError
			require.ErrorAs(t, err, &se)
			assert.Equal(t, status, se.Status)
			assert.Len(t, se.Body, 512)
			assert.Equal(t, status == 401 || status == 410, IsPermanent(err), "of others the adapter knows more")
		}
	})
}

func TestGetFollowsARedirectAtHome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v1" {
				http.Redirect(w, r, "/v2", http.StatusMovedPermanently)
				return
			}
			fmt.Fprint(w, "{}")
		})
		a, err := NewREST("sim", &Options{HTTPClient: client}, "http://x").Get(t.Context(), "/v1", 1)
		require.NoError(t, err)
		assert.Equal(t, "{}", string(a.Body))
		never := errors.New("never")
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return never }
		_, err = NewREST("sim", &Options{HTTPClient: client}, "http://x").Get(t.Context(), "/v1", 1)
		require.ErrorIs(t, err, never, "the client's own rule holds too")
	})
}

func TestGetRefusesToLeaveTLS(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+r.Host+"/x", http.StatusFound)
	}))
	defer srv.Close()
	client := srv.Client()
	defer client.CloseIdleConnections()
	_, err := NewREST("sim", &Options{HTTPClient: client}, srv.URL).Get(t.Context(), "/x", 1)
	require.ErrorContains(t, err, `redirected elsewhere, to "http://127`)
}

func TestGetEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		stop := errors.New("told to stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() { time.Sleep(time.Second); cancel(stop) }()
		start := time.Now()
		_, err := NewREST("sim", &Options{HTTPClient: client}, "http://x").Get(ctx, "/x", 1)
		require.ErrorIs(t, err, stop)
		assert.Equal(t, time.Second, time.Since(start))
	})
}

func TestGetFromABadAddress(t *testing.T) {
	_, err := NewREST("sim", nil, "http://[oops").Get(t.Context(), "/x", 1)
	require.Error(t, err)
	assert.True(t, IsPermanent(err))
}

func TestDefaultClientLeavesNothingBehind(t *testing.T) {
	var n atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { n.Add(1) }))
	defer srv.Close()
	r := NewREST("sim", nil, srv.URL)
	_, err := r.Get(t.Context(), "/", 1)
	require.NoError(t, err)
	r.CloseIdleConnections()
	assert.Equal(t, int32(1), n.Load())
	transport := r.client.Transport.(*http.Transport)
	assert.NotSame(t, http.DefaultTransport, transport)
	assert.EqualValues(t, 0x303, transport.TLSClientConfig.MinVersion, "TLS 1.2")
	assert.Nil(t, http.DefaultClient.CheckRedirect)
}
