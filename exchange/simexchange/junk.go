package simexchange

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// Junk is a kind of frame that no exchange should send.
type Junk uint8

const (
	Truncated     Junk = iota // half a message
	WrongTypes                // a message whose numbers are lists
	AbsurdNumbers             // a message whose numbers are negative, or far too large, small or long
	UnknownMarket             // a message about a market that was never listed
	Deep                      // a hundred thousand brackets
	Huge                      // ten megabytes, of a message and then spaces
	Binary                    // bytes that are no text
	Prose                     // a sentence
	Empty                     // nothing
)

// Junks returns every kind of junk.
func Junks() []Junk {
	return []Junk{Truncated, WrongTypes, AbsurdNumbers, UnknownMarket, Deep, Huge, Binary, Prose, Empty}
}

// String returns the name of the kind.
func (j Junk) String() string {
	return [...]string{
		"truncated", "wrong types", "absurd numbers", "unknown market", "deep", "huge", "binary", "prose", "empty",
	}[j]
}

// Absurd are the numbers that take the place of those in a message. No price is
// one of them.
func Absurd() []string {
	return []string{"-1", "1e400", "123456789012345678901234567890", "1e-40", "0.12345678901234567890123", "-0"}
}

// Junk sends frames of a kind to every connection, where they are of no use but
// to see what a client makes of them. The messages are copies of one that the
// dialect writes about a market as it is.
func (s *Server) Junk(kind Junk) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range slices.Clone(s.conns) {
		for _, p := range c.junk(kind) {
			c.Send(p)
		}
	}
}

// Inject sends a frame as it is to every connection.
func (s *Server) Inject(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range slices.Clone(s.conns) {
		c.Send(p)
	}
}

func (c *Conn) junk(kind Junk) [][]byte {
	switch kind {
	case Truncated:
		p := c.message(c.anyMarket())
		return [][]byte{p[:len(p)/2], p[:max(len(p)-1, 0)]}
	case WrongTypes:
		return [][]byte{numbers(c.message(c.anyMarket()), "[1]"), numbers(c.message(c.anyMarket()), "None")}
	case AbsurdNumbers:
		var out [][]byte
		for _, n := range Absurd() {
			out = append(out, numbers(c.message(c.anyMarket()), n))
		}
		return out
	case UnknownMarket:
		return [][]byte{c.message("NOSUCH-MARKET")}
	case Deep:
		return [][]byte{[]byte(strings.Repeat("[", 100_000)), []byte(strings.Repeat(`{"a":`, 100_000))}
	case Huge:
		return [][]byte{append(c.message(c.anyMarket()), bytes.Repeat([]byte(" "), 10<<20)...)}
	case Binary:
		return [][]byte{{0x00, 0xff, 0xfe, 0x80, 0x1f, 0x8b}}
	case Prose:
		return [][]byte{[]byte("The exchange is closed for maintenance. It's back at 12:00.")}
	}
	return [][]byte{{}}
}

// anyMarket returns a market that the connection is told, any if it is told none.
func (c *Conn) anyMarket() ticker.Market {
	for _, m := range c.s.order {
		if c.Subscribed(m.name) != 0 {
			return m.name
		}
	}
	if len(c.s.order) > 0 {
		return c.s.order[0].name
	}
	return "NOSUCH-MARKET"
}

// message returns what the dialect writes about a market.
func (c *Conn) message(name ticker.Market) []byte {
	m := c.s.markets[name]
	if m == nil {
		if len(c.s.order) == 0 {
			return nil
		}
		m = c.s.order[0]
	}
	u := ticker.Update{Ticker: c.s.toldOf(m, time.Now()), Groups: c.s.direct(ticker.AllGroups) | c.s.throttled}
	u.Market = name
	var p []byte
	c.sample = &p
	c.session.Tell(c, []ticker.Update{u})
	c.sample = nil
	return p
}

// numbers puts another text in the place of each number of a message, whether
// quoted or not.
func numbers(p []byte, with string) []byte {
	var out []byte
	for i := 0; i < len(p); {
		k := i
		for k < len(p) && (p[k]-'0' <= 9 || p[k] == '.' || k > i && bytes.IndexByte([]byte("eE+-"), p[k]) >= 0) {
			k++
		}
		if k == i {
			out = append(out, p[i])
			i++
			continue
		}
		out = append(out, with...)
		i = k
	}
	return out
}
