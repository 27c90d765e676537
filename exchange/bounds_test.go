package exchange

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

// bomb is a small answer that unpacks to a gigabyte.
func bomb(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range 16 {
		_, err := z.Write(zeros)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return bytes.Repeat(b.Bytes(), 64) // gzip members follow one another
}

// What an answer costs is bounded after unpacking, whatever came over the wire.
func TestGzipBomb(t *testing.T) {
	packed := bomb(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		if r.URL.Path == "/broken" {
			w.WriteHeader(http.StatusBadGateway)
		}
		_, _ = w.Write(packed)
	}))
	defer srv.Close()
	r := NewREST("sim", &Options{MaxBody: 1 << 20}, srv.URL)
	defer r.CloseIdleConnections()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := r.Get(t.Context(), "/", 1)
	require.ErrorContains(t, err, "answer longer than 1048576 bytes")
	_, err = r.Get(t.Context(), "/broken", 1)
	require.ErrorContains(t, err, "status 502")
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20), "of a gigabyte")
}

func TestHeadersWithoutEnd(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for i := range 100 {
			w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("x", 8<<10))
		}
	}))
	defer srv.Close()
	r := NewREST("sim", nil, srv.URL)
	defer r.CloseIdleConnections()
	_, err := r.Get(t.Context(), "/", 1)
	require.ErrorContains(t, err, "exceeded")
	var none *Options
	_, err = none.Connect(t.Context(), "ws"+strings.TrimPrefix(srv.URL, "http"))
	require.ErrorContains(t, err, "exceeded")
}

// What the exchange gives as its reason is kept for Status to show.
func TestReasonsAreBoundedAndPrintable(t *testing.T) {
	s := NewSubscription()
	by := s.ask(silentSession{s}, []Listing{{Market: "A-EUR", Symbol: "A"}}, nil)
	s.RefuseMarket("A-EUR", "no\x1b[2J\n such market: "+strings.Repeat("\xff", 1<<20))
	got := by.refused["A-EUR"]
	assert.True(t, strings.HasPrefix(got, "no\uFFFD[2J\uFFFD such market: "), "%q", got)
	assert.Less(t, len(got), 1000)
}

// silentSession awaits an answer that nobody gives.
type silentSession struct{ sub *Subscription }

func (s silentSession) Subscribe(add, _ []Listing) {
	for _, l := range add {
		s.sub.Await(l.Market, l.Symbol)
	}
}

func (silentSession) Parse(_ []byte, dst []ticker.Update) ([]ticker.Update, bool, error) {
	return dst, false, nil
}

// An exchange that has us answer more than it reads is left.
func TestFramesThatWaitAreBounded(t *testing.T) {
	s := NewSubscription()
	for range maxFrames {
		s.Send([]byte("pong"))
	}
	require.NoError(t, s.err)
	s.Send([]byte("pong"))
	require.ErrorContains(t, s.err, "16384 frames wait to be sent")
	assert.Len(t, s.Frames(), maxFrames)
}

// A body that comes byte by byte ends with the request's time.
func TestSlowAnswer(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			_, _ = w.Write([]byte(" "))
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(10 * time.Millisecond):
			}
		}
	}))
	defer srv.Close()
	r := NewREST("sim", &Options{RequestTimeout: 200 * time.Millisecond}, srv.URL)
	defer r.CloseIdleConnections()
	_, err := r.Get(t.Context(), "/", 1)
	require.ErrorContains(t, err, "no answer within 200ms")
	require.NotErrorIs(t, err, context.DeadlineExceeded)
}
