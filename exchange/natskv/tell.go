package natskv

import (
	"log/slog"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// notTrading is the reason by which a Book refuses a market that its exchange lists
// as not trading.
const notTrading = "not trading"

// teller turns what a Book tells into records and heartbeats. One goroutine uses it.
type teller struct {
	q       *queue
	head    beat          // what is the same in every heartbeat
	start   time.Time     // of the tenure: tick 0
	state   ticker.Status // as the Book stood at the last heartbeat, or before Follow began
	unknown map[ticker.Market]bool
	gone    map[ticker.Market]bool // removed since
	began   bool                   // there was a heartbeat
	adopted map[ticker.Market]bool // the publisher before listed them, our Book does not yet
	lists   int                    // asked for in this tenure
	listed  time.Time              // when the last of them was
	log     *slog.Logger
	keyless map[ticker.Market]bool // their names are too long for a key; true: and told to the log
	unnamed bool                   // one of them is not
}

// notListed is the reason by which a market is refused of which only the publisher
// before knows: its prices stay, and grow older.
const notListed = "not listed yet by the publisher that took over"

// twice is how many lists, asked for in this tenure, have to lack a market that the
// publisher before listed: our Book's own may be older than the market.
const twice = 2

func newTeller(q *queue, head beat, start time.Time, stands ticker.Status) *teller {
	t := &teller{
		q: q, head: head, start: start, listed: start, log: slog.New(slog.DiscardHandler),
		gone: make(map[ticker.Market]bool), adopted: make(map[ticker.Market]bool), keyless: make(map[ticker.Market]bool),
	}
	t.stood(stands)
	return t
}

func (t *teller) stood(now ticker.Status) {
	t.state, t.unknown = now, make(map[ticker.Market]bool, len(now.Unknown))
	for _, m := range now.Unknown {
		t.unknown[m] = true
	}
}

// tick is a moment on the tenure's clock. A time without a monotonic reading is as
// good as the wall clock, and so is one from before the machine slept.
func (t *teller) tick(at time.Time) tick {
	if at.IsZero() {
		return never
	}
	return before(at.Sub(t.start), at.Round(0).Sub(t.start.Round(0)))
}

// change takes what FollowLives tells, but for its end.
func (t *teller) change(b *ticker.Book, c *ticker.Change) {
	var now ticker.Status
	if c.Lives != nil {
		now = b.Status()
	}
	t.take(c, now)
	t.nameKeyless()
}

func (t *teller) take(c *ticker.Change, now ticker.Status) {
	t.q.mu.Lock()
	defer t.q.mu.Unlock()
	switch {
	case c.Lives != nil:
		t.stands(now)
		t.q.beat(t.beat(c.Lives))
	case c.Market == "":
	case c.Removed:
		t.gone[c.Market] = true
		if e := t.entry(c.Market); e != nil {
			t.remove(e)
		}
	default:
		delete(t.gone, c.Market)
		if e := t.entry(c.Market); e != nil {
			t.ticker(e, c)
		}
	}
}

// entry is the queue's; nil: the market has no key, which the log is to be told of.
func (t *teller) entry(m ticker.Market) *entry {
	e := t.q.entry(m)
	if e == nil && !t.keyless[m] {
		t.keyless[m] = false
		t.unnamed = true
	}
	return e
}

// nameKeyless tells the log of each market that has no key, once a tenure.
func (t *teller) nameKeyless() {
	if !t.unnamed {
		return
	}
	t.unnamed = false
	for m, named := range t.keyless {
		if !named {
			t.keyless[m] = true
			t.log.Warn("natskv: a market is not published: its name is too long", slog.String("market", clip(string(m))), slog.Int("most", maxMarket))
		}
	}
}

// ticker takes what is known of a market.
func (t *teller) ticker(e *entry, c *ticker.Change) {
	r := record{epoch: t.head.Epoch, ticker: c.Ticker}
	if was := &e.rec; was.epoch == r.epoch && !was.removed {
		r.known, r.halted, r.refused = was.known, was.halted, was.refused
	} else if e.fresh = t.began; !t.began {
		reason, refused := t.state.Refused[c.Market]
		r.known, r.halted, r.refused = !refused && !t.unknown[c.Market], reason == notTrading, clip(reason)
	}
	if c.Follows != 0 {
		r.link, r.follows = c.Link, c.Follows
	}
	r.ticker.Market = ""
	for g := range groups {
		st := stamp(&r.ticker, g)
		r.clocks[g] = clock{asOf: t.tick(st.AsOf), received: t.tick(st.Received)}
		st.AsOf, st.Received = time.Time{}, time.Time{}
	}
	e.rec, e.known = r, true
	t.q.change(e)
}

// remove takes that a market is not listed.
func (t *teller) remove(e *entry) {
	e.rec, e.known = record{epoch: t.head.Epoch, removed: true}, false
	if e.rev != 0 || e.state != idle {
		t.q.change(e)
	}
}

// stands takes which markets the Book does not know, and which it refuses, as it
// stood when it was last asked: by now Follow has told all that it knew then. What is
// neither, and is not followed, is not listed.
func (t *teller) stands(now ticker.Status) {
	for _, m := range t.state.Unknown {
		t.list(m, false, "")
	}
	for m, reason := range t.state.Refused {
		t.list(m, false, reason)
	}
	if t.state.Listed.After(t.listed) {
		t.lists++
		t.listed = t.state.Listed
	}
	for m, e := range t.q.entries {
		if e.rec.epoch != t.head.Epoch { // as the publisher before left it
			t.adopted[m] = true
			t.list(m, false, notListed)
		}
		_, refused := t.state.Refused[m]
		if refused || t.unknown[m] || e.known {
			delete(t.adopted, m)
		}
		switch {
		case refused, t.unknown[m], t.adopted[m] && t.lists < twice:
		case e.known && !e.fresh:
			t.list(m, true, "")
		case !e.known && !e.rec.removed:
			delete(t.adopted, m)
			t.remove(e)
		}
		e.fresh = false
	}
	clear(t.gone)
	t.stood(now)
	t.began = true
}

// list takes how a listed market stands.
func (t *teller) list(m ticker.Market, known bool, refused string) {
	e := t.entry(m)
	if e == nil || t.gone[m] {
		return
	}
	halted, reason := refused == notTrading, clip(refused)
	if e.rec.epoch == t.head.Epoch && !e.rec.removed && e.rec.known == known && e.rec.halted == halted && e.rec.refused == reason {
		return
	}
	if e.rec.epoch != t.head.Epoch || e.rec.removed {
		e.rec = bare(t.head.Epoch)
	}
	e.rec.known, e.rec.halted, e.rec.refused = known, halted, reason
	t.q.change(e)
}

// bare is the record of a market of which nothing is known.
func bare(epoch uint64) record {
	r := record{epoch: epoch}
	for g := range groups {
		r.clocks[g] = clock{asOf: never, received: never}
	}
	return r
}

// lingers is how long a closed link that carries nothing stands in the heartbeat, so
// that a reader that missed one learns why it was closed.
const lingers = 10 * time.Second

// beat makes a heartbeat of the Book as it stands.
func (t *teller) beat(lives []ticker.Life) *beat {
	s, b := &t.state, t.head
	b.State, b.Synced, b.Known, b.Total = s.State.String(), s.Synced, s.Known, s.Total
	b.Unknown, b.Refused, b.Connections, b.Reconnects = len(s.Unknown), len(s.Refused), s.Connections, s.Reconnects
	if s.LastError != nil {
		b.Error = clip(s.LastError.Error())
	}
	for i := range lives {
		l := &lives[i]
		if l.Markets == 0 && !l.Closed.IsZero() && time.Since(l.Closed) > lingers {
			continue
		}
		n := line{
			Link: l.Link, Markets: l.Markets, Opened: t.tick(l.Opened), Heard: t.tick(l.Heard), Closed: !l.Closed.IsZero(),
			Trade: told(l.Feed.Trade), Quote: told(l.Feed.Quote), Stats: told(l.Feed.Stats),
		}
		if l.Err != nil {
			n.Error = clip(l.Err.Error())
		}
		b.Links = append(b.Links, n)
	}
	return &b
}
