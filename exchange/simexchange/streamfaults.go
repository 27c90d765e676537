package simexchange

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

type muteness uint8

const (
	unmuted muteness = iota
	mute
	muteWithPongs
)

// Drop ends the connections that carry any of the markets, without a word; all
// connections, if none is given. It returns how many.
func (s *Server) Drop(ms ...ticker.Market) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	cs := s.carrying(ms)
	for _, c := range cs {
		c.drop()
	}
	return len(cs)
}

// Hangup ends them as Drop does, but with a close frame after what was sent.
func (s *Server) Hangup(code int, reason string, ms ...ticker.Market) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	cs := s.carrying(ms)
	for _, c := range cs {
		c.Close(code, reason)
	}
	return len(cs)
}

func (s *Server) carrying(ms []ticker.Market) []*Conn {
	var out []*Conn
	for _, c := range s.conns {
		if len(ms) == 0 || slices.ContainsFunc(ms, func(m ticker.Market) bool { return c.Subscribed(m) != 0 }) {
			out = append(out, c)
		}
	}
	return out
}

// Mute has the connections that carry any of the markets say nothing more,
// although they stay open; if none is given, all connections, later ones too.
// With pongs, pings are answered; without, nothing goes in or out at all. What
// the exchange has to tell meanwhile comes after Unmute.
func (s *Server) Mute(pongs bool, ms ...ticker.Market) {
	s.mu.Lock()
	defer s.mu.Unlock()
	how := mute
	if pongs {
		how = muteWithPongs
	}
	if len(ms) == 0 {
		s.muted = how
	}
	for _, c := range s.carrying(ms) {
		c.silence(how)
	}
}

// Unmute ends Mute, for all connections.
func (s *Server) Unmute() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.muted = unmuted
	for _, c := range slices.Clone(s.conns) {
		c.silence(unmuted)
		for _, p := range c.inbox {
			if !c.closed {
				c.session.Receive(c, p)
			}
		}
		c.inbox = nil
		signal(c.wake)
	}
}

func (c *Conn) silence(how muteness) {
	c.mute = how != unmuted
	c.gate.set(how == mute)
}

// Refuse has new connections refused, for REST or for websockets; false ends it.
// Refused ones are cut before anything is answered, and are not in Requests.
func (s *Server) Refuse(rest, websocket bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuseREST, s.refuseWS = rest, websocket
}

// Delay has every frame take so much longer from now on. Zero ends it.
func (s *Server) Delay(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delayed = d
}

func (s *Server) lag() Range {
	return Range{s.cfg.Lag.Min + s.delayed, max(s.cfg.Lag.Min, s.cfg.Lag.Max) + s.delayed}
}

// Lose has the next n messages about any of the markets, or about any at all if
// none is given, never be told to anybody.
func (s *Server) Lose(n int, ms ...ticker.Market) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lose = loss{n, ms}
}

// LoseUpdate has a share of all updates, 0 to 1, never be told to anybody: one
// market's part of a message each, whatever else the message says. Nothing on the
// wire reveals it. Counts says how many were lost. Zero ends it.
func (s *Server) LoseUpdate(share float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.losing.share = share
	if s.losing.rng == nil {
		s.losing.rng = rand.New(rand.NewPCG(s.cfg.Seed, 11)) //nolint:gosec // a simulation
	}
}

// Repeat has the next n messages sent twice, one after the other.
func (s *Server) Repeat(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repeat = fault{n: n}
}

// Shuffle delays each message by up to so much, so that they overtake each
// other; heartbeats and answers still overtake nothing. Zero ends it. It panics
// unless the dialect's stream is Unordered: without order keys no client could
// do anything about it.
func (s *Server) Shuffle(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustBeUnordered()
	s.shuffle = d
}

// Echo sends a share of the messages, 0 to 1, once more up to so much later. A
// zero share ends it. It panics as Shuffle does.
func (s *Server) Echo(share float64, within time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustBeUnordered()
	s.echo, s.echoWithin = share, within
}

func (s *Server) mustBeUnordered() {
	if !s.traits.Unordered {
		panic("simexchange: the dialect's stream is not Unordered")
	}
}
