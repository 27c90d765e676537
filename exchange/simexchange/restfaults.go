package simexchange

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"time"
)

// Failure is what a request gets instead of its answer: one of the functions
// below makes it.
type Failure struct {
	serve func(s *Server, a *answer, r *http.Request)
}

// Status answers with a status, in the exchange's own shape.
func Status(code int) Failure {
	return Failure{func(s *Server, a *answer, r *http.Request) { s.fail(a, r, code) }}
}

// Limited answers 429, in the exchange's own shape. RetryAfter is the header of
// that name, seconds or a date; if empty, there is none.
func Limited(retryAfter string) Failure { return limited(http.StatusTooManyRequests, retryAfter) }

// Banned answers 418, as Limited does.
func Banned(retryAfter string) Failure { return limited(http.StatusTeapot, retryAfter) }

func limited(status int, retryAfter string) Failure {
	return Failure{func(s *Server, a *answer, r *http.Request) {
		if retryAfter != "" {
			a.Header().Set("Retry-After", retryAfter)
		}
		s.fail(a, r, status)
	}}
}

// HTML answers 200 with a page for people, as a proxy in the way does.
func HTML() Failure {
	return Body(http.StatusOK, "text/html", "<!doctype html><title>Just a moment...</title>")
}

// NoResult answers 200 with an object that holds nothing expected.
func NoResult() Failure { return Body(http.StatusOK, "application/json", `{"nothing":[]}`) }

// Body answers with a status, content type and body.
func Body(status int, contentType, body string) Failure {
	return Failure{func(_ *Server, a *answer, _ *http.Request) {
		a.Header().Set("Content-Type", contentType)
		a.WriteHeader(status)
		_, _ = a.Write([]byte(body))
	}}
}

// Redirect sends the client to another address.
func Redirect(to string) Failure {
	return Failure{func(_ *Server, a *answer, _ *http.Request) {
		a.Header().Set("Location", to)
		a.WriteHeader(http.StatusFound)
	}}
}

// Hang never answers.
func Hang() Failure {
	return serve(func(s *Server, _ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-s.done:
		}
		panic(http.ErrAbortHandler)
	})
}

// Endless answers with a body that does not end. It looks like the beginning of
// an answer, and goes on until the client has had enough.
func Endless() Failure {
	return serve(func(s *Server, w http.ResponseWriter, r *http.Request) {
		chunk := []byte(strings.Repeat(" ", 64<<10))
		_, err := w.Write([]byte(`{"result":{`))
		for err == nil && s.ctx.Err() == nil && r.Context().Err() == nil {
			_, err = w.Write(chunk)
		}
		panic(http.ErrAbortHandler)
	})
}

// Bomb answers with a gigabyte, gzipped into one megabyte.
func Bomb() Failure {
	var member bytes.Buffer // of many, which follow one another
	z := gzip.NewWriter(&member)
	_, _ = z.Write(bytes.Repeat([]byte(" "), 16<<20))
	_ = z.Close()
	return serve(func(_ *Server, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		for range 64 {
			if _, err := w.Write(member.Bytes()); err != nil {
				return
			}
		}
	})
}

// Cut announces a longer body than it sends, and drops the connection.
func Cut() Failure {
	return serve(func(_ *Server, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte(`{"result":{`))
		panic(http.ErrAbortHandler)
	})
}

func serve(f func(*Server, http.ResponseWriter, *http.Request)) Failure {
	return Failure{func(_ *Server, a *answer, _ *http.Request) { a.serve = f }}
}

// Fail has the next n REST requests fail; all, until Fail(0, ...), if n is
// negative. If paths are given, only requests whose path and query contain one
// of them. It replaces an earlier Fail.
func (s *Server) Fail(n int, f Failure, paths ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = failing{fault{n: n, paths: paths}, f}
}

// FailConnect has the next n websocket handshakes fail, as Fail does requests.
func (s *Server) FailConnect(n int, f Failure, paths ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failingWS = failing{fault{n: n, paths: paths}, f}
}

// Hold holds back the answers to the next n REST requests, after their values
// were read, until release is called. Paths are as with Fail.
func (s *Server) Hold(n int, paths ...string) (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := make(chan struct{})
	s.holding = holding{fault{n: n, paths: paths}, c}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.holding.until == c {
			s.holding = holding{}
		}
		select {
		case <-c:
		default:
			close(c)
		}
	}
}

// CacheREST answers REST requests from a cache: with values, and a list of
// markets, that are age old. It says so in Age and Date headers if tells. A zero
// age ends it.
func (s *Server) CacheREST(age time.Duration, tells bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cacheAge, s.cacheTells = age, tells
}

// ShortList has the next n lists of markets, and answers that hold all, lack the
// last markets.
func (s *Server) ShortList(n, missing int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.short = fault{n: n, size: missing}
}
