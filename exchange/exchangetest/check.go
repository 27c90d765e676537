package exchangetest

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

func (w *world) told(g ticker.Groups) ticker.Told {
	switch g {
	case ticker.TradeGroup:
		return w.feed.Trade
	case ticker.QuoteGroup:
		return w.feed.Quote
	}
	return w.feed.Stats
}

func followed(t ticker.Told) bool { return t.Kind == ticker.EveryChange || t.Kind == ticker.Throttled }

func stamp(t *ticker.Ticker, g ticker.Groups) ticker.Stamp {
	switch g {
	case ticker.TradeGroup:
		return t.Trade.Stamp
	case ticker.QuoteGroup:
		return t.Quote.Stamp
	}
	return t.Stats.Stamp
}

func eachGroup() []ticker.Groups {
	return []ticker.Groups{ticker.TradeGroup, ticker.QuoteGroup, ticker.StatsGroup}
}

// watch looks at every change that a watcher sees.
func (w *world) watch(ctx context.Context) {
	for c := range w.book.Watch(ctx) {
		w.tell("%+v", c)
		switch {
		case c.Down != nil:
			w.mu.Lock()
			w.downs++
			w.mu.Unlock()
		case c.End != nil, c.Up:
		case c.Removed:
			w.mu.Lock()
			w.f.look(removal, w.delisted[c.Market], "%s was removed, and is listed", c.Market)
			w.mu.Unlock()
		default:
			w.see(&c.Ticker)
		}
	}
}

// sample looks at the whole Book at random moments.
func (w *world) sample(ctx context.Context, rng *rand.Rand) {
	for ctx.Err() == nil {
		time.Sleep(1 + time.Duration(rng.Int64N(int64(700*time.Millisecond))))
		for t := range w.book.All() {
			w.see(&t)
		}
	}
}

// see looks at one ticker that a reader was given.
func (w *world) see(t *ticker.Ticker) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	for _, g := range eachGroup() {
		st, told := stamp(t, g), w.told(g)
		if st.Source == ticker.NoSource {
			continue
		}
		v, had := w.sim.Find(*t, g, 1)
		w.f.look(genuine, had, "%s: group %d is %+v, which the exchange never had", t.Market, g, *t)
		// When keys are void, the ticker of a trade that is sent anew on subscribing
		// takes the place of a newer answer; see order.
		if told.Kind != ticker.OnTrade || !w.restarts {
			w.fresh(t, g, st, v)
		}
		if w.cfg.Distinct && g != ticker.StatsGroup {
			w.order(t, g, st, v, now)
		}
	}
}

// fresh looks at whether the held value, first of the given version, may be as new
// as its AsOf says.
func (w *world) fresh(t *ticker.Ticker, g ticker.Groups, st ticker.Stamp, held uint64) {
	need := w.sim.VersionAt(t.Market, g, st.AsOf.Add(-w.owed))
	_, ok := w.sim.Find(*t, g, need)
	w.f.look(fresh, ok, "%v: %s: group %d holds version %d (%v) as of %v, when version %d was true", time.Since(w.began),
		t.Market, g, held, st.Source, st.AsOf.Sub(w.began), need)
}

// order looks at whether a value, of the given version, has stepped back.
func (w *world) order(t *ticker.Ticker, g ticker.Groups, st ticker.Stamp, v uint64, now time.Time) {
	s := spot{t.Market, g}
	before := w.seen[s]
	if v >= before {
		w.seen[s], w.keyed[s] = v, st.Key != 0
		w.f.look(order, true, "")
		return
	}
	// Without keys, or with one on the stream only, what the feed still owes may
	// come after an answer.
	// Nor can anything order the ticker of a trade, sent anew on subscribing,
	// when its key is void.
	if w.restarts && !followed(w.told(g)) {
		return
	}
	keyed := st.Key != 0 && w.keyed[s]
	if w.relay != nil {
		keyed = w.traits.Unordered // the key is the relay's own
	}
	owed := !(keyed && !w.restarts) && v >= w.sim.VersionAt(t.Market, g, now.Add(-w.owed-w.told(g).Delay-w.behind))
	if owed && !followed(w.told(g)) {
		w.seen[s] = v // no later message is owed that would take it forward again
	}
	w.f.look(order, owed, "%v: %s: group %d steps back from version %d to %d (%v)", now.Sub(w.began), t.Market, g, before, v, st.Source)
}

// compare looks at whether the Book equals the exchange, which rests.
func (w *world) compare() {
	w.mu.Lock()
	defer w.mu.Unlock()
	st := w.book.Status()
	for _, m := range w.sim.Markets() {
		if !m.Trading {
			continue
		}
		t, ok := w.book.Get(m.Market)
		_, refused := st.Refused[m.Market]
		w.f.look(complete, ok || refused, "%s is neither known nor refused when all is calm: %+v", m.Market, st)
		if !ok {
			continue
		}
		for _, g := range eachGroup() {
			told := w.told(g)
			if !followed(told) {
				continue
			}
			now := w.sim.VersionAt(m.Market, g, time.Now())
			_, same := w.sim.Find(t, g, now)
			held, _ := w.sim.Find(t, g, 1)
			w.f.look(truth, same, "%v: %s: group %d holds version %d of %d: %+v", time.Since(w.began), m.Market, g, held, now, t)
			if w.traits.Heartbeat > 0 {
				s := stamp(&t, g)
				most := w.traits.Heartbeat + w.cfg.Lag.Max + told.Delay + w.late() + time.Second
				w.f.look(alive, s.Age() <= most, "%s: group %d is %v old on a live connection (%v)", m.Market, g, s.Age(), s.Source)
			}
		}
	}
	for m := range w.delisted {
		_, listed := w.sim.ListedAt(m, time.Now())
		_, known := w.book.Get(m)
		w.f.look(removal, listed || !known, "%s is delisted, and still in the Book", m)
	}
}

// checkPace looks at the moments at which requests arrived: never more than the
// burst and what the rate adds, in any window.
func (w *world) checkPace() {
	tokens, last := float64(w.burst), w.began
	for _, r := range w.sim.Requests() {
		tokens = min(tokens+r.At.Sub(last).Seconds()*float64(w.limit), float64(w.burst))
		last = r.At
		tokens -= float64(r.Weight)
		w.f.look(pace, tokens > -1e-6, "request %s at %v is above %v a second, burst %d", r.Path, r.At.Sub(w.began), w.limit, w.burst)
	}
}

// checkAudit looks at what the audit made of a history in which nothing was lost.
func (w *world) checkAudit() {
	for _, b := range w.books() {
		a := b.Status().Audit
		w.mu.Lock()
		w.f.looked[audit] += int(a.Probes)
		w.f.look(audit, a.Mismatches == 0, "%d of %d probes are mismatches: %v", a.Mismatches, a.Probes, b.Status().LastError)
		w.mu.Unlock()
	}
}
