package simexchange

import (
	"slices"
	"sort"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// Counts is what has happened on a Server so far.
type Counts struct {
	Requests   int // REST requests
	Limited    int // of those, answered with 429 or 418, or what the exchange says instead
	Refused    int // requests and handshakes cut by Refuse
	Handshakes int // websocket handshakes that came
	Opened     int // websocket connections opened
	Open       int // of those, open now
	Frames     int // frames sent
	Lost       int // updates that LoseUpdate took
	Received   int // frames received
}

// Counts returns what has happened so far.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counts
	c.Requests, c.Open, c.Lost = s.forgotten+len(s.reqs), len(s.conns), s.losing.n
	return c
}

// Requests returns the REST requests in the order they arrived.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.reqs)
}

// Attempts returns the moments at which websocket handshakes came, those that were
// refused or cut included.
func (s *Server) Attempts() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.attempts)
}

// Markets returns the markets that the exchange lists now, in its order.
func (s *Server) Markets() []Market {
	s.mu.Lock()
	defer s.mu.Unlock()
	return (&View{s: s, at: time.Now()}).Markets()
}

// ListedAt returns how a market was listed at a time; false if it was not.
func (s *Server) ListedAt(m ticker.Market, t time.Time) (Market, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return (&View{s: s, at: t}).Market(m)
}

// Truth returns what is true of a market now; false if it is not listed.
func (s *Server) Truth(m ticker.Market) (ticker.Ticker, bool) { return s.TruthAt(m, time.Now()) }

// TruthAt returns what was true of a market at a time.
func (s *Server) TruthAt(m ticker.Market, t time.Time) (ticker.Ticker, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return (&View{s: s, at: t}).Ticker(m)
}

// VersionAt returns the version of one group of a market at a time: the first,
// for a time before it, and zero for a market that never was.
func (s *Server) VersionAt(m ticker.Market, g ticker.Groups, t time.Time) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.markets[m]; m != nil {
		return m.at(index(g), t).Version
	}
	return 0
}

// History returns every version of one group of a market so far, the first
// first.
func (s *Server) History(m ticker.Market, g ticker.Groups) []Moment {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.markets[m]; m != nil {
		return slices.Clone(m.history[index(g)])
	}
	return nil
}

// Find returns the first version, not before from, whose values are those that a
// client holds in one group of a ticker; false if there is none. Values that the
// client holds as zero were not reported to it and fit any. Prices may repeat
// (unless Config.Distinct), so a held value can have several versions:
// Find(t, g, VersionAt(t.Market, g, when)) says whether it may be as new as the
// truth of that moment.
func (s *Server) Find(t ticker.Ticker, g ticker.Groups, from uint64) (uint64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, i := s.markets[t.Market], index(g)
	if m == nil {
		return 0, false
	}
	held := valuesOf(&t, i)
	h := m.history[i]
	for k := max(int(from)-int(h[0].Version), 0); k < len(h); k++ { //nolint:gosec // versions are counted from 1
		if h[k].Values.fits(held) {
			return h[k].Version, true
		}
	}
	return 0, false
}

// Forget drops what was no longer true at a time, and the requests and attempts to
// connect before it, so that an exchange can run for long. Asked for values of the time before, it tells
// the first that are left.
func (s *Server) Forget(before time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.order {
		for i := range groups {
			h := m.history[i]
			n := sort.Search(len(h), func(k int) bool { return h[k].Time.After(before) })
			m.history[i] = slices.Clone(h[max(n-1, 0):])
		}
		m.walk.forget(m.history[0], m.history[1])
		n := sort.Search(len(m.listings), func(k int) bool { return m.listings[k].at.After(before) })
		m.listings = slices.Clone(m.listings[max(n-1, 0):])
	}
	n := 0
	for n < len(s.reqs) && s.reqs[n].At.Before(before) {
		n++
	}
	s.reqs, s.forgotten = slices.Clone(s.reqs[n:]), s.forgotten+n
	s.attempts = slices.DeleteFunc(s.attempts, func(at time.Time) bool { return at.Before(before) })
}

// Versions returns all that Find finds, from the first on.
func (s *Server) Versions(t ticker.Ticker, g ticker.Groups) []uint64 {
	var out []uint64
	for v, ok := s.Find(t, g, 1); ok; v, ok = s.Find(t, g, v+1) {
		out = append(out, v)
	}
	return out
}
