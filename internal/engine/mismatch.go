package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

const (
	strike     = 10 * time.Minute // for so long a mismatch is held against its link
	strikes    = 3                // and so many restart it
	spareFirst = time.Minute      // a link that was restarted is spared for so long
	spareMost  = time.Hour        // and for twice as long each time, up to this
	recheck    = 3                // how often a market that was wrong is compared again, before others
	suspected  = 100              // so many of them at most
)

// suspect is a market that was wrong.
type suspect struct {
	market ticker.Market
	left   int // how often it is to be compared again
}

// record is what is held against the link of a shard.
type record struct {
	link  *ticker.Link
	at    []time.Time // of its mismatches
	spare time.Duration
	after time.Time // it is not restarted before
}

// looks looks each second for what no stream has explained, until ctx ends.
func (a *audit) looks(ctx context.Context) error {
	var ms []ticker.Mismatch
	for Sleep(ctx, time.Second) == nil {
		ms = a.r.Keeper.Mismatches(ms[:0])
		a.judge(ms)
	}
	return nil
}

// judge holds what was found in one look against the links.
func (a *audit) judge(ms []ticker.Mismatch) {
	if len(ms) == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	found := make(map[*shard][]ticker.Mismatch)
	a.r.o.Record.Failed(exchange.WrongTicker, ms[0])
	a.r.Log.Warn("audit: not as the stream told", "market", ms[0].Market, "since", ms[0].Since, "more", len(ms)-1)
	for _, m := range ms {
		if !a.r.o.All && len(a.suspects) < suspected {
			a.suspects = append(a.suspects, suspect{m.Market, recheck})
		}
		if s := a.r.carrying(m.Link); s != nil {
			found[s] = append(found[s], m)
		}
	}
	now := time.Now()
	for s, ms := range found {
		if a.records[s] == nil {
			a.records[s] = &record{}
		}
		if a.records[s].restarts(now, ms) {
			s.cut(ms[0].Link, mismatch(ms)) // not handed over: what it told cannot be trusted
		}
	}
}

// mismatch is the error for what was found in one look.
func mismatch(ms []ticker.Mismatch) error {
	if more := len(ms) - 1; more > 0 {
		return fmt.Errorf("%w: %s and %d more", ticker.ErrMismatch, ms[0].Market, more)
	}
	return fmt.Errorf("%w: %s", ticker.ErrMismatch, ms[0].Market)
}

// restarts reports whether the link is to be restarted for these mismatches and
// those before: for the third within ten minutes, or when the stream tells a market
// no more. If that does not help it happens less and less often.
func (c *record) restarts(now time.Time, ms []ticker.Mismatch) bool {
	if c.link != ms[0].Link {
		c.link, c.at = ms[0].Link, nil
	}
	silent := slices.ContainsFunc(ms, func(m ticker.Mismatch) bool { return m.Silent })
	kept := c.at[:0]
	for _, at := range c.at {
		if now.Sub(at) < strike {
			kept = append(kept, at)
		}
	}
	c.at = append(kept, now)
	if !silent && len(c.at) < strikes || now.Before(c.after) {
		return false
	}
	if now.Sub(c.after) > spareMost {
		c.spare = 0
	}
	c.spare = min(max(2*c.spare, spareFirst), spareMost)
	c.after, c.at = now.Add(c.spare), nil
	return true
}

// carrying returns the shard whose open connection the link is.
func (r *Run) carrying(l *ticker.Link) *shard {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.shards {
		if s.open != nil && s.open.link == l {
			return s
		}
	}
	return nil
}

// suspected takes the next of the markets that were wrong.
func (a *audit) suspected(proofs []ticker.Proof) (m ticker.Market, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.suspects) == 0 {
		return "", false
	}
	s := a.suspects[0]
	a.suspects = a.suspects[1:]
	if s.left--; s.left > 0 {
		a.suspects = append(a.suspects, s)
	}
	return s.market, slices.ContainsFunc(proofs, func(p ticker.Proof) bool { return p.Market == s.market })
}
