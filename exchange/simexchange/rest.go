package simexchange

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// Request is one REST request as the server received it.
type Request struct {
	At     time.Time // when it arrived, by our clock
	Path   string    // with its query
	Weight int       // what it costs by the exchange's rules
	Status int       // what it was answered with; zero while it is not, or never
}

// rest answers one REST request.
func (s *Server) rest(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.refuseREST {
		s.counts.Refused++
		s.mu.Unlock()
		panic(http.ErrAbortHandler) // the connection ends without an answer
	}
	path := r.URL.RequestURI()
	n := s.forgotten + len(s.reqs)
	q := Request{At: time.Now(), Path: path, Weight: 1}
	if s.traits.Weight != nil {
		q.Weight = s.traits.Weight(r)
	}
	s.reqs = append(s.reqs, q)
	failure := s.failing.take(path)
	limited := s.limiter != nil && !s.limiter.AllowN(time.Now(), q.Weight)
	hold := s.holding.take(path)
	rng := rand.New(rand.NewPCG(s.cfg.Seed, uint64(n)<<8|2)) //nolint:gosec // a simulation
	whole := draw(rng, s.cfg.Latency)
	before := draw(rng, UpTo(whole))
	s.mu.Unlock()

	if !s.sleep(r.Context(), before) {
		return
	}
	var a answer
	switch {
	case failure != nil:
		failure.serve(s, &a, r)
	case limited:
		s.fail(&a, r, http.StatusTooManyRequests)
	default:
		s.mu.Lock()
		v := &View{s: s, at: time.Now().Add(-s.cacheAge), missing: &s.short}
		a.date(v, s)
		s.dialect.REST(&a, r, v)
		s.mu.Unlock()
	}
	if hold != nil {
		select {
		case <-hold:
		case <-r.Context().Done():
			return
		case <-s.done:
			return
		}
	}
	if !s.sleep(r.Context(), whole-before) {
		return
	}
	s.mu.Lock()
	if k := n - s.forgotten; k >= 0 {
		s.reqs[k].Status = a.status()
	}
	s.mu.Unlock()
	a.send(s, w, r)
}

// fail writes the exchange's answer for a status.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if status == http.StatusTooManyRequests || status == http.StatusTeapot {
		s.counts.Limited++
	}
	s.dialect.Fail(w, r, status)
}

// sleep waits; false if the client or the server went meanwhile.
func (s *Server) sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
	case <-s.done:
	}
	return false
}

// answer is an http.ResponseWriter that keeps what is written.
type answer struct {
	header http.Header
	code   int
	body   bytes.Buffer
	serve  func(s *Server, w http.ResponseWriter, r *http.Request) // instead of the body
}

func (a *answer) Header() http.Header {
	if a.header == nil {
		a.header = http.Header{}
	}
	return a.header
}

func (a *answer) WriteHeader(code int) {
	if a.code == 0 {
		a.code = code
	}
}

func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

func (a *answer) status() int {
	if a.code == 0 {
		return http.StatusOK
	}
	return a.code
}

// date writes the clock of the exchange, or that of its cache.
func (a *answer) date(v *View, s *Server) {
	at := time.Now().Add(s.cfg.ClockSkew)
	if s.cacheTells && s.cacheAge > 0 {
		at = v.Time()
		// Rounded up: a cache that says less than its age cannot be reckoned with.
		a.Header().Set("Age", strconv.Itoa(int((s.cacheAge+time.Second-1)/time.Second)))
	}
	a.Header().Set("Date", at.UTC().Format(http.TimeFormat))
}

func (a *answer) send(s *Server, w http.ResponseWriter, r *http.Request) {
	for k, v := range a.header {
		w.Header()[k] = v
	}
	if a.serve != nil {
		a.serve(s, w, r)
		return
	}
	w.WriteHeader(a.status())
	_, _ = w.Write(a.body.Bytes())
}

func draw(r *rand.Rand, d Range) time.Duration {
	if d.Max <= d.Min {
		return d.Min
	}
	return d.Min + time.Duration(r.Int64N(int64(d.Max-d.Min)+1))
}
