package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

func (s *shard) size() int {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	return len(s.listings)
}

// gone returns the markets of the shard that the Book has removed.
func (s *shard) gone() (ls []exchange.Listing) {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	for _, l := range s.listings {
		if !s.r.Keeper.Has(l.Market) {
			ls = append(ls, l)
		}
	}
	return ls
}

// change adds and drops markets, on the open connection where its protocol
// allows. Otherwise a new one is opened for what was added; what was dropped just
// goes unread. What resumed and is refused on the open connection is asked again.
func (s *shard) change(add, drop []exchange.Listing, resumed map[ticker.Market]bool) {
	s.r.mu.Lock()
	var again []exchange.Listing
	kept := slices.DeleteFunc(slices.Clone(s.listings), func(l exchange.Listing) bool {
		return slices.ContainsFunc(drop, func(d exchange.Listing) bool { return d.Market == l.Market })
	})
	for _, l := range kept {
		if resumed[l.Market] && s.refused[l.Market] {
			again = append(again, l)
		}
	}
	s.listings = slices.Concat(kept, add)
	o := s.open // seen with the listings: what comes later finds these
	s.r.mu.Unlock()
	if o != nil {
		s.subscribe(o, slices.Concat(add, again), drop)
	}
}

// opened opens the link for what the connection carries: what it was asked for,
// less what the exchange refused and what the Book has removed meanwhile. It
// returns the markets that the shard was given since.
func (s *shard) opened(o *open) (since []exchange.Listing) {
	r := s.r
	known := make(map[ticker.Market]bool, len(o.asked))
	var carried []ticker.Market
	for _, l := range o.asked {
		known[l.Market] = true
		if !o.refused[l.Market] && r.Keeper.Has(l.Market) {
			carried = append(carried, l.Market)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	o.link = r.Book.Link(carried, r.Feed.Feed)
	o.flight.Opened(o.refused)
	r.last = o.link
	for _, m := range carried {
		if s.refused[m] {
			r.Keeper.Refuse(m, "") // not this time
		}
	}
	s.open, s.refused = o, o.refused
	// What the Book has removed is no longer the shard's: when a list has it
	// again, it is placed and subscribed anew.
	s.listings = slices.DeleteFunc(slices.Clone(s.listings), func(l exchange.Listing) bool {
		return known[l.Market] && !r.Keeper.Has(l.Market)
	})
	for _, l := range s.listings {
		if !known[l.Market] {
			since = append(since, l)
		}
	}
	return since
}

// subscribe has an open connection take markets and let go of others.
func (s *shard) subscribe(o *open, add, drop []exchange.Listing) {
	r := s.r
	if len(add)+len(drop) == 0 {
		return
	}
	sub, ok := o.stream.(exchange.Subscriber)
	if !ok {
		if len(add) > 0 {
			s.replace(errMarkets)
		}
		return
	}
	ctx, cancel := context.WithTimeoutCause(o.ctx, r.o.Connect, fmt.Errorf("not subscribed within %v", r.o.Connect))
	defer cancel()
	if r.Feed.Relay { // what it tells as soon as it is subscribed, nobody can ask for
		s.carry(o, add)
	}
	refused, err := r.refused(sub.Subscribe(ctx, add, drop))
	if err != nil {
		if o.ctx.Err() == nil {
			s.replace(fmt.Errorf("subscribing: %w", err))
		}
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.open != o {
		return // the next connection takes what the shard has
	}
	var carried []ticker.Market
	for _, l := range add {
		m := l.Market
		if refused[m] {
			s.refused[m] = true
			continue
		}
		carried = append(carried, m)
		if s.refused[m] {
			delete(s.refused, m)
			r.Keeper.Refuse(m, "")
		}
	}
	o.link.Carry(carried)
	o.flight.Carried(add)
	signal(r.wake)
}

// carry has the link carry the markets, if the connection is the shard's still.
func (s *shard) carry(o *open, ls []exchange.Listing) {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	if s.open != o {
		return
	}
	var ms []ticker.Market
	for _, l := range ls {
		ms = append(ms, l.Market)
	}
	o.link.Carry(ms)
}

// replace has the open connection replaced by one for all markets that the shard
// then has.
func (s *shard) replace(why error) {
	select {
	case s.renew <- why:
	default:
	}
}

// cut ends the open connection of a link, which is lost with all it told.
func (s *shard) cut(l *ticker.Link, why error) {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	if s.open != nil && s.open.link == l {
		s.open.cut(why)
	}
}

// refused names the refused markets in the Book, and returns them; any other
// error it returns.
func (r *Run) refused(err error) (map[ticker.Market]bool, error) {
	ms := make(map[ticker.Market]bool)
	var refused *exchange.RefusedError
	if !errors.As(err, &refused) {
		return ms, err
	}
	for m, reason := range refused.Markets {
		ms[m] = true
		r.Keeper.Refuse(m, reason)
	}
	r.Log.Warn("markets refused", "err", err)
	return ms, nil
}
