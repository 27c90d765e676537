package foreign

import (
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/tickersync/tickersync/internal/wsconn"
)

// every is how often the feed tells a price.
const every = 200 * time.Millisecond

// Server is the exchange. 22 of its 45 markets are told on the websocket, as
// Python's str() writes a dict. Each connection is dropped after some
// frames, and each so many-th request is answered with 429, now with a
// Retry-After and now without.
type Server struct {
	dropAfter int
	http      *http.Server
	done      chan struct{}
	wg        sync.WaitGroup

	mu         sync.Mutex
	limitEvery int
	names      []string
	prices     map[string]float64
	next       int // market to be told
	sockets    int
	requests   int
	limited    int
	answered   map[string]int
}

// Counts is what has happened on a Server.
type Counts struct {
	Sockets  int            // websockets opened
	Requests int            // REST requests
	Limited  int            // of those, answered with 429
	Answered map[string]int // single tickers answered, by market
}

// Serve starts a server on a listener, and owns it. Zeros drop and limit nothing.
func Serve(l net.Listener, dropAfter, limitEvery int) *Server {
	s := &Server{
		dropAfter: dropAfter, limitEvery: limitEvery, done: make(chan struct{}),
		prices: make(map[string]float64), answered: make(map[string]int),
	}
	assets := []string{"btc", "ltc", "eth", "etc", "xlm", "xrp", "bch", "dot", "eur", "usd"}
	for i, base := range assets {
		for _, quote := range assets[i+1:] {
			s.names = append(s.names, base+"_"+quote)
			s.prices[base+"_"+quote] = 1000 + float64(len(s.names))/8
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /full_ticker", s.limit(s.full))
	mux.HandleFunc("GET /single_ticker", s.limit(s.single))
	mux.HandleFunc("GET /ticker_feed", s.feed)
	s.http = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	s.wg.Go(func() { _ = s.http.Serve(l) })
	return s
}

// Close ends the server and its connections.
func (s *Server) Close() {
	close(s.done)
	_ = s.http.Close()
	s.wg.Wait()
}

// StopLimiting has every request answered from now on.
func (s *Server) StopLimiting() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limitEvery = 0
}

// Counts returns what has happened so far.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := Counts{Sockets: s.sockets, Requests: s.requests, Limited: s.limited, Answered: make(map[string]int)}
	for name, n := range s.answered {
		c.Answered[name] = n
	}
	return c
}

func (s *Server) limit(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.requests++
		if s.limitEvery > 0 && s.requests%s.limitEvery == 0 {
			s.limited++
			if s.limited%2 == 1 {
				w.Header().Set("Retry-After", "1")
			}
			http.Error(w, "Too Many Requests", http.StatusTooManyRequests)
			return
		}
		next(w, r)
	}
}

func (s *Server) full(w http.ResponseWriter, _ *http.Request) {
	p := []byte(`{"result": {`)
	for i, name := range s.names {
		if i > 0 {
			p = append(p, ", "...)
		}
		p = fmt.Appendf(p, "%q: %v", name, s.prices[name])
	}
	_, _ = w.Write(append(p, "}}"...))
}

func (s *Server) single(w http.ResponseWriter, r *http.Request) {
	name := r.FormValue("market")
	price, ok := s.prices[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	s.answered[name]++
	fmt.Fprintf(w, `{"result": {%q: %v}}`, name, price)
}

func (s *Server) feed(w http.ResponseWriter, r *http.Request) {
	c, err := wsconn.Accept(w, r, 0)
	if err != nil {
		return
	}
	s.wg.Add(1)
	defer s.wg.Done()
	defer c.Close() //nolint:errcheck // it is always nil
	s.mu.Lock()
	s.sockets++
	s.mu.Unlock()
	s.wg.Go(func() { // pings are answered by who reads
		for {
			if _, err := c.Read(r.Context(), nil); err != nil {
				return
			}
		}
	})
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 0; s.dropAfter == 0 || n < s.dropAfter; n++ {
		select {
		case <-s.done:
			return
		case <-tick.C:
		}
		if err := c.Write(r.Context(), s.tell()); err != nil {
			return
		}
	}
}

// tell changes the next of 22 markets that are spread over the list, and writes it.
func (s *Server) tell() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := s.names[s.next%22*7%len(s.names)]
	s.next++
	s.prices[name] += 0.25
	return fmt.Appendf(nil, "{'%s': %v}", name, s.prices[name])
}
