package ticker

import "time"

// Keeper is an engine's hold on a Book: one run has it at a time. Its methods may
// be called from any goroutine, and do nothing after End. Programs that read a
// Book have no use for it.
type Keeper struct{ b *Book }

// Listed is one market of an exchange's list.
type Listed struct {
	Market  Market
	Trading bool
}

// Backfill is how far the REST requests for single markets have come.
type Backfill struct {
	Fetched int           // answers merged in this run
	Failed  int           // requests that failed in this run
	Pace    float64       // requests a second, at most
	Wanted  int           // markets of which an answer could add something
	Left    time.Duration // the time that takes at Pace
}

// Keep takes the Book for one run on the named exchange. It returns ErrKept while
// another run has it, and ErrOtherExchange where the Book was warmed with another
// exchange's tickers.
func (b *Book) Keep(name string) (*Keeper, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.keeper != nil:
		return nil, ErrKept
	case b.isWarm && b.name != name:
		return nil, otherExchange(b.name, name)
	}
	b.keeper = &Keeper{b}
	b.budget, b.name, b.ended, b.err, b.expect, b.broken, b.opened = nil, name, false, nil, 1, 0, false
	b.isWarm, b.relay, b.lost, b.status.Origin = false, false, nil, OriginStatus{}
	b.forgetAudit()
	b.note(true)
	return b.keeper, nil
}

// End gives the Book back, closes the links that are open, and ends every Watch,
// Follow and WaitSynced with err; with ErrClosed, where that is nil.
func (k *Keeper) End(err error) {
	b := k.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.keeper != k {
		return
	}
	if err == nil {
		err = ErrClosed
	}
	b.relay, b.lost = false, nil // its origin is no news any more
	for len(b.links) > 0 {
		b.links[0].close(nil)
	}
	b.keeper, b.ended, b.err = nil, true, err
	b.everyone(func(w *watch) {
		if w.end == nil {
			w.end = err
		}
		w.wake.Signal()
	})
	for _, f := range b.followers {
		if f.end == nil {
			f.end = err
		}
		f.wake.Signal()
	}
	b.note(true)
}

// with runs f under the Book's lock while the Keeper still has the Book.
func (k *Keeper) with(f func(b *Book)) {
	k.b.mu.Lock()
	defer k.b.mu.Unlock()
	if k.b.keeper == k {
		f(k.b)
		k.b.note(false)
	}
}

// List merges the exchange's list of markets, asked for at the given moment. It
// reports whether the list has cast votes for removal that a further list has to
// confirm.
func (k *Keeper) List(ls []Listed, asked time.Time) (votes bool) {
	k.with(func(b *Book) {
		b.lists++
		b.reserve(len(ls))
		for _, l := range ls {
			b.list(b.slot(l.Market), l.Trading, asked)
		}
		b.vanish()
		b.vote(asked, time.Now(), false)
		if b.short == nil {
			b.status.Listed = later(b.status.Listed, asked)
		}
		for i := range b.slots {
			votes = votes || b.slots[i].votes > 0
		}
	})
	return votes
}

// notTrading is why a market is refused that its exchange lists so.
const notTrading = "not trading"

func (b *Book) list(i int32, trading bool, asked time.Time) {
	s := &b.slots[i]
	if s.removed && s.goneThere(asked) {
		return
	}
	if s.removed {
		s.revive(time.Now())
	}
	b.seen(s)
	defer b.record(s, 0)
	if s.listed && (s.halted == !trading || s.said && b.off&ruleSaid == 0) {
		return
	}
	s.listed = true
	switch {
	case !trading:
		s.stop()
		s.halted = true
		s.refuse(notTrading)
		b.fire()
	case s.halted:
		s.halted = false
		s.refuse("")
		b.fire()
	}
	b.touch(s)
	b.record(s, 0)
}

// revive begins a removed market anew, at the given moment.
func (s *slot) revive(at time.Time) {
	next, watches := s.next(), s.seldom().watches
	s.join(nil, 0)
	*s = slot{
		ticker: Ticker{Market: s.ticker.Market}, link: s.link,
		changed: s.changed, asked: s.asked, isUnknown: s.isUnknown, isWanted: s.isWanted,
	}
	if s.link != nil {
		s.own(s.link)
		s.carry(at)
	}
	if next != nil {
		s.passTo(next, at)
	}
	if watches != nil {
		s.rarely().watches = watches
	}
}

// Has reports whether the exchange lists the market, as far as the Book believes.
func (k *Keeper) Has(m Market) (ok bool) {
	k.with(func(b *Book) {
		i, found := b.find(m)
		ok = found && b.slots[i].listed
	})
	return ok
}

// Refuse says that a market will not be known, and why: the exchange refused the
// subscription or does not serve it. A message about it takes that back, and so
// does an empty reason.
func (k *Keeper) Refuse(m Market, reason string) {
	k.with(func(b *Book) {
		if i, ok := b.find(m); ok && b.slots[i].listed && !b.slots[i].halted && b.slots[i].refused() != reason {
			b.slots[i].refuse(reason)
			b.touch(&b.slots[i])
			b.fire()
		}
	})
}

// Expect says how many links the engine means to keep open; 1 at first.
func (k *Keeper) Expect(links int) { k.with(func(b *Book) { b.expect = links }) }

// Backfill publishes the progress of the requests for single markets. Status adds
// Wanted and Left.
func (k *Keeper) Backfill(p Backfill) { k.with(func(b *Book) { b.status.Backfill = p }) }

// Budget says how to learn what is left of the budget for REST requests. It is
// called by Status, and must not call the Book.
func (k *Keeper) Budget(left func() int) { k.with(func(b *Book) { b.budget = left }) }

// Failed publishes an error that the engine goes on from.
func (k *Keeper) Failed(err error) { k.with(func(b *Book) { b.status.LastError = err }) }

// Bad counts a frame that could not be read, or not wholly, and publishes why.
func (k *Keeper) Bad(err error) {
	k.with(func(b *Book) {
		b.status.Bad++
		b.status.LastError = err
	})
}
