package ticker

import "time"

// Link is one unbroken connection that carries a set of markets: what an engine
// writes a Book through, and the only way to write to it. Its beginning is the
// moment it was made, or for a feed with Settle that much later or the first
// frame of data, whichever is sooner. Its methods may be called from any
// goroutine; Stream's callers keep the order of the frames.
type Link struct {
	b      *Book
	id     uint64 // counted from 1 in its Book
	feed   Feed
	told   [groups]Told
	made   time.Time
	begin  time.Time
	heard  time.Time     // when the last frame that proves data flows was sent, by our clock
	least  time.Duration // the least time that a frame with exchange time took
	timed  bool          // least is known
	stood  time.Time     // what is read before till was sent no later, as far as is known
	till   time.Time
	err    error     // why it was closed; wraps ErrDown
	cause  error     // the same as the engine said it; nil: it wished it
	closed time.Time // when; zero: it is open
	void   bool      // the exchange counts anew: the link must be closed
	shared bool      // it has been one of two links on a market
	spare  *Link     // the open link that it is to replace; nil: none

	origin  OriginStatus     // of a relay: how its origin stands
	lines   map[uint64]*Link // of a relay: the origin's links, see line
	fed     bool             // of a line: it is known how it tells
	markets int              // of a line: those that are on it
}

// Link opens a link that carries the markets. It takes at once those that no open
// link carries; the others pass to it by TakeOver, and when theirs is closed. Where
// some have to pass the link is there to replace another, and watchers are not
// told of it.
func (b *Book) Link(ms []Market, feed Feed) *Link {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.linked++
	l := &Link{b: b, id: b.linked, feed: feed, made: now, begin: now.Add(feed.Settle)}
	l.told = [groups]Told{feed.Trade, feed.Quote, feed.Stats}
	if feed.Relay {
		l.told = [groups]Told{repeated, repeated, repeated}
		b.relay = true
	}
	b.links = append(b.links, l)
	b.opened = true
	if l.spare = b.incumbent(ms); l.spare == nil {
		if b.broken > 0 {
			b.broken--
			b.status.Reconnects++
		}
		b.connection(Change{At: now, Link: l.id, Up: true})
		b.lost = nil
	}
	b.reserve(len(ms))
	for _, m := range ms {
		l.carry(b.slot(m), now)
	}
	b.note(true)
	return l
}

// incumbent returns an open link that is in charge of one of the markets, if any.
func (b *Book) incumbent(ms []Market) *Link {
	for _, m := range ms {
		if i, ok := b.find(m); ok && b.slots[i].link != nil && b.slots[i].link.err == nil {
			return b.slots[i].link
		}
	}
	return nil
}

// Carry adds markets to those that the link carries, from now on: what was answered
// before confirms nothing.
func (l *Link) Carry(ms []Market) {
	b := l.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if l.err != nil {
		return
	}
	at := time.Now().Add(l.feed.Settle)
	for _, m := range ms {
		l.carry(b.slot(m), at)
	}
	b.note(false)
}

func (l *Link) carry(i int32, at time.Time) {
	s := &l.b.slots[i]
	if s.removed {
		s.revive(at)
	}
	s.listed = true
	switch {
	case s.link == nil, s.link.err != nil:
		s.own(l)
		s.carry(at)
	case s.link != l:
		s.passTo(l, at)
		l.shared, s.link.shared = true, true
	default: // subscribed again
		s.carry(at)
		s.stop()
		for g := range groups {
			s.groups[g].confirmed = false
		}
	}
	l.b.touch(s)
	l.b.record(s, 0)
}

// owns reports whether the link may write to the slot.
func (l *Link) owns(s *slot) bool {
	return s.link == l || l.b.off&ruleOwner != 0 && s.link != nil
}

// Stream writes what one frame told, in its order; received is when the frame
// was read. What the link does not carry is dropped and counted in Status. It
// returns ErrClosed after Close, and ErrRestarted once the link is Void.
func (l *Link) Stream(us []Update, received time.Time) error {
	b := l.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if l.err != nil {
		return ErrClosed
	}
	if l.feed.Settle > 0 && received.Before(l.begin) {
		l.begin = later(received, l.made)
	}
	came := arrival{received: received, sent: l.sent(us, received)}
	for i := range us {
		came.age = us[i].Age
		l.tell(&us[i], &came)
	}
	if came.sent.After(l.heard) {
		l.heard = came.sent
	}
	if b.counted || l.feed.Relay {
		b.note(false) // nothing else here changes the state
	}
	if l.void {
		return ErrRestarted
	}
	return nil
}

// sent estimates when a frame was sent, by our clock: where frames carry the
// exchange's time, one that took longer than the fastest was sent that much earlier.
func (l *Link) sent(us []Update, received time.Time) time.Time {
	var newest time.Time
	for i := range us {
		u := &us[i]
		if t := &u.Trade.Time; u.Groups.Has(TradeGroup) && *t != newest && t.After(newest) {
			newest = *t
		}
		if t := &u.Quote.Time; u.Groups.Has(QuoteGroup) && *t != newest && t.After(newest) {
			newest = *t // mostly all are equal, which is cheap to see
		}
		if t := &u.Stats.Time; u.Groups.Has(StatsGroup) && *t != newest && t.After(newest) {
			newest = *t
		}
	}
	if newest.IsZero() || l.feed.Relay || l.b.off&ruleLag != 0 {
		return l.waited(received, received)
	}
	took := received.Sub(newest)
	if !l.timed || took < l.least {
		l.timed, l.least = true, took
	}
	return l.waited(received.Add(l.least-took), received)
}

// Heard says that a frame came which proves that data flows but tells nothing: a
// heartbeat, read at the given moment.
func (l *Link) Heard(at time.Time) {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	if at = l.waited(at, at); l.err == nil && at.After(l.heard) {
		l.heard = at
	}
}

// Void reports whether the exchange has begun to count its order keys anew. The
// link has then forgotten those it had, and must be closed and replaced.
func (l *Link) Void() bool {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	return l.void
}

func (l *Link) restart() {
	l.void = true
	for i := range l.b.slots {
		if s := &l.b.slots[i]; s.link == l && s.forget() {
			l.b.emit(s, 0, false)
		}
	}
}
