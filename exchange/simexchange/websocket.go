package simexchange

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/tickersync/tickersync/internal/wsconn"
	"github.com/tickersync/tickersync/ticker"
)

// readLimit is the longest frame taken from a client where the traits do not
// say, in bytes.
const readLimit = 1 << 20

// websocket serves one connection until it ends.
func (s *Server) websocket(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.attempts = append(s.attempts, time.Now())
	if s.refuseWS {
		s.counts.Refused++
		s.mu.Unlock()
		panic(http.ErrAbortHandler) // the connection ends without an answer
	}
	s.counts.Handshakes++
	rng := rand.New(rand.NewPCG(s.cfg.Seed, uint64(s.counts.Handshakes)<<8|3)) //nolint:gosec // a simulation
	failure := s.failingWS.take(r.URL.RequestURI())
	wait := draw(rng, s.cfg.Latency)
	s.mu.Unlock()
	if !s.sleep(r.Context(), wait) {
		return
	}
	var a answer
	if failure != nil {
		failure.serve(s, &a, r)
		a.send(s, w, r)
		return
	}
	s.mu.Lock()
	session, status := s.admit(r)
	s.mu.Unlock()
	if session == nil {
		s.fail(&a, r, status)
		a.send(s, w, r)
		return
	}
	limit := s.traits.ReadLimit
	if limit == 0 {
		limit = readLimit
	}
	ws, err := wsconn.Accept(w, r, limit)
	if err != nil {
		return
	}
	defer ws.Close() //nolint:errcheck // it is always nil
	c := &Conn{
		s: s, ws: ws, gate: gateOf(r.Context()), session: session, rng: rng,
		subs: map[ticker.Market]ticker.Groups{}, wake: make(chan struct{}, 1),
	}
	if s.open(c) {
		c.read(s.ctx)
		s.mu.Lock()
		c.drop()
		s.mu.Unlock()
	}
}

// admit asks the dialect for the other side of a connection.
func (s *Server) admit(r *http.Request) (Session, int) {
	if d, ok := s.dialect.(Doorkeeper); ok {
		if status := d.Admit(r, &View{s: s, at: time.Now()}); status != 0 {
			return nil, status
		}
	}
	return s.dialect.Connect(r)
}

// open makes the connection one of the server's; false if that has closed.
func (s *Server) open(c *Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.counts.Opened++
	s.conns = append(s.conns, c)
	c.session.Open(c)
	if s.muted != unmuted {
		c.silence(s.muted)
	}
	if d := s.traits.Heartbeat; d > 0 {
		c.beat(d)
	}
	if d := s.traits.MaxAge; d > 0 {
		c.After(d, c.drop)
	}
	if d := s.traits.PingEvery; d > 0 {
		c.After(d, c.ping)
	}
	s.wg.Add(1)
	go c.write()
	return true
}

// beat has the session write its heartbeats.
func (c *Conn) beat(every time.Duration) {
	c.After(every, func() {
		c.session.Beat(c)
		c.beat(every)
	})
}

// ping asks for a pong, and drops the connection when it does not come in time.
func (c *Conn) ping() {
	c.s.wg.Go(func() {
		ctx, cancel := context.WithTimeout(c.s.ctx, c.s.traits.PongWithin)
		defer cancel()
		err := c.ws.Ping(ctx)
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		if err != nil {
			c.drop()
			return
		}
		c.After(c.s.traits.PingEvery, c.ping)
	})
}
