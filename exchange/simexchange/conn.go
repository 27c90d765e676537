package simexchange

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/tickersync/tickersync/internal/wsconn"
	"github.com/tickersync/tickersync/ticker"
)

// Conn is the exchange's end of one websocket connection, as a Session writes to
// it. Use it from the Session's methods, and from functions given to After, only.
type Conn struct {
	s       *Server
	ws      *wsconn.Conn
	gate    *gate
	session Session
	rng     *rand.Rand

	subs     map[ticker.Market]ticker.Groups
	all      ticker.Groups // of every market, those listed later too
	pending  []change      // throttled, not yet told
	flushing bool

	queue   []frame // by due time
	ordered time.Time
	latest  time.Time
	wake    chan struct{}
	sent    time.Time

	telling bool     // within Session.Tell
	mute    bool     // nothing is taken from the queue, nor from the inbox
	inbox   [][]byte // what came while mute
	closed  bool
	sample  *[]byte // where frames go instead, while a sample is made
}

// Send sends a frame, after those before it and after the network's delay.
func (c *Conn) Send(p []byte) {
	if c.sample != nil {
		*c.sample = slices.Clone(p)
		return
	}
	c.push(frame{data: slices.Clone(p), told: c.telling})
}

// Close sends a close frame after what was sent before, and ends the connection.
func (c *Conn) Close(code int, reason string) {
	if c.sample == nil {
		c.push(frame{code: code, reason: reason})
	}
}

// Drop ends the connection at once, without a word.
func (c *Conn) Drop() { c.drop() }

// View returns the truth of this moment.
func (c *Conn) View() *View { return &View{s: c.s, at: time.Now()} }

// Now returns the time by the exchange's clock.
func (c *Conn) Now() time.Time { return time.Now().Add(c.s.cfg.ClockSkew) }

// Sent returns when the last frame was sent, by the exchange's clock.
func (c *Conn) Sent() time.Time { return c.sent.Add(c.s.cfg.ClockSkew) }

// Rand returns the connection's own source of chance, which goes by the seed.
func (c *Conn) Rand() *rand.Rand { return c.rng }

// After has f called after a time, unless the connection has ended by then.
func (c *Conn) After(d time.Duration, f func()) {
	c.s.after(d, func() {
		if !c.closed {
			f()
		}
	})
}

// Subscribe has changes of the groups of a market told from now on, beside those
// subscribed to before.
func (c *Conn) Subscribe(m ticker.Market, g ticker.Groups) { c.subs[m] |= g }

// Unsubscribe ends that for some groups.
func (c *Conn) Unsubscribe(m ticker.Market, g ticker.Groups) {
	if c.subs[m] &^= g; c.subs[m] == 0 {
		delete(c.subs, m)
	}
}

// SubscribeAll has changes of the groups of every market told from now on, of
// those listed later too.
func (c *Conn) SubscribeAll(g ticker.Groups) { c.all |= g }

// Subscribed returns the groups of a market that the connection is told.
func (c *Conn) Subscribed(m ticker.Market) ticker.Groups {
	g := c.subs[m]
	if c.s.markets[m] != nil {
		g |= c.all
	}
	return g
}

// Subscriptions returns the markets given to Subscribe, in order.
func (c *Conn) Subscriptions() []ticker.Market {
	var out []ticker.Market
	for m := range c.subs {
		out = append(out, m)
	}
	slices.Sort(out)
	return out
}

// tell tells those changes that the connection subscribed to: at once, or
// throttled, as the exchange does.
func (c *Conn) tell(cs []change) {
	var us []ticker.Update
	now := time.Now()
	for _, ch := range cs {
		g := c.Subscribed(ch.m.name)
		if direct := c.s.direct(ch.groups) & g; direct != 0 {
			us = append(us, ticker.Update{Ticker: ch.m.ticker(now, c.s.cfg.ClockSkew), Groups: direct})
		}
		if later := ch.groups & c.s.throttled & g; later != 0 {
			c.later(change{ch.m, later})
		}
	}
	c.say(us)
}

func (c *Conn) say(us []ticker.Update) {
	if len(us) == 0 {
		return
	}
	c.telling = true
	c.session.Tell(c, us)
	c.telling = false
}

// later keeps a change for the next throttled message, which is due at most the
// feed's delay after the first of its changes.
func (c *Conn) later(ch change) {
	i := slices.IndexFunc(c.pending, func(p change) bool { return p.m == ch.m })
	if i < 0 {
		c.pending = append(c.pending, ch)
	} else {
		c.pending[i].groups |= ch.groups
	}
	if c.flushing {
		return
	}
	c.flushing = true
	c.After(time.Duration(c.rng.Int64N(int64(c.s.delay)+1)), func() {
		var us []ticker.Update
		for _, p := range c.pending {
			g := p.groups
			if g.Has(ticker.TradeGroup) {
				g |= c.s.onTrade & c.Subscribed(p.m.name)
			}
			us = append(us, ticker.Update{Ticker: p.m.ticker(time.Now(), c.s.cfg.ClockSkew), Groups: g})
		}
		c.pending, c.flushing = nil, false
		c.say(us)
	})
}
