package ticker

import (
	"context"
	"iter"
	"slices"
	"sync"
	"time"
)

// Change is one thing that a watcher or follower is told: a ticker, a removal
// (Removed, with the ticker last known), a connection (Down or Up), a gap
// (Skipped), the word of the links (Lives), or the end (End). Only the fields of
// that one thing are set; of a ticker, Watch sets the ticker alone.
type Change struct {
	Ticker
	At      time.Time // Follow: when the Book took it in; of a gap, when it was over
	Link    uint64    // the link (see Life) that went Down or Up, or that Follows is about
	Groups  Groups    // Follow: those told or answered anew; none where only freshness changed
	Follows Groups    // Follow: those whose AsOf moves with the link's word
	Removed bool      // the exchange no longer lists Ticker.Market
	Up      bool      // a connection is open
	Down    error     // a connection was lost: why
	Lives   []Life    // FollowLives: the links, and how far their word reaches
	Skipped int       // changes that were lost because the reader was too slow
	End     error     // the last change: the context's cause, or Run's error
}

// Watch tells every market that is known, or those of ms that are, in the order of
// their names, and then every change. A watcher that is slower than the exchange
// skips to the newest: it holds at most one change a market, and the feed never
// waits for it. A moving AsOf alone is no change; a connection's going down or up
// is one, whatever number of markets it carries. The sequence ends with ctx or
// when Run returns, after a last change with End set; leaving the loop is fine
// too. Each iteration watches anew.
func (b *Book) Watch(ctx context.Context, ms ...Market) iter.Seq[Change] {
	return func(yield func(Change) bool) {
		w := b.watch(ms)
		defer b.unwatch(w)
		defer context.AfterFunc(ctx, func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			w.wake.Signal()
		})()
		for {
			c := w.next(ctx)
			if !yield(c) || c.End != nil {
				return
			}
		}
	}
}

// mark is a watcher's interest in one slot: whose, and the watcher's number for it.
type mark struct {
	w *watch
	i int32
}

// watch is one watcher: a list of the markets that changed since it last looked,
// each in it at most once, linked through behind.
type watch struct {
	b           *Book
	wake        sync.Cond
	slots       []int32 // number to slot; nil for a watcher of all: they are the same
	behind      []int32 // number to the number behind it in the list, or notIn, or none
	first, last int32   // of the list, or none
	conn        Change  // the newest change of connections, if connected
	connected   bool
	end         error // why the Run that was watched returned; nil: it goes on
}

const (
	notIn int32 = -1
	none  int32 = -2
)

func (b *Book) watch(ms []Market) *watch {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := &watch{b: b, first: none, last: none}
	w.wake.L = &b.mu
	if len(ms) == 0 {
		b.sort()
		w.behind = make([]int32, len(b.slots))
		for i := range w.behind {
			w.behind[i] = notIn
		}
		for _, i := range b.sorted {
			w.known(b, i, i)
		}
		b.watchers = append(b.watchers, w)
	}
	ms = slices.Compact(slices.Sorted(slices.Values(ms)))
	for n, m := range ms {
		i := b.slot(m)
		w.slots = append(w.slots, i)
		w.behind = append(w.behind, notIn)
		r := b.slots[i].rarely()
		r.watches = append(r.watches, mark{w, int32(n)})
		w.known(b, i, int32(n))
	}
	if b.ended {
		w.end = b.err
	}
	return w
}

// known puts a market that is known into the list that a watcher begins with.
func (w *watch) known(b *Book, slot, n int32) {
	if b.slots[slot].readable() {
		w.push(n)
	}
}

func (b *Book) unwatch(w *watch) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.watchers = slices.DeleteFunc(b.watchers, func(o *watch) bool { return o == w })
	for _, i := range w.slots {
		s := &b.slots[i]
		s.rare.watches = slices.DeleteFunc(s.rare.watches, func(m mark) bool { return m.w == w })
		s.tidy()
	}
}

// mark tells the watchers of a slot that it changed.
func (b *Book) mark(i int32) {
	for _, w := range b.watchers {
		w.push(i)
	}
	if r := b.slots[i].rare; r != nil {
		for _, m := range r.watches {
			m.w.push(m.i)
		}
	}
}

// push puts a market at the end of the list, unless it is in it.
func (w *watch) push(n int32) {
	if w.behind[n] != notIn || w.end != nil {
		return
	}
	w.behind[n] = none
	if w.last == none {
		w.first = n
		w.wake.Signal()
	} else {
		w.behind[w.last] = n
	}
	w.last = n
}

// pop takes the first market of the list, and returns its slot.
func (w *watch) pop() int32 {
	n := w.first
	if w.first = w.behind[n]; w.first == none {
		w.last = none
	}
	w.behind[n] = notIn
	if w.slots == nil {
		return n
	}
	return w.slots[n]
}

// everyone calls f with each watcher.
func (b *Book) everyone(f func(w *watch)) {
	for _, w := range b.watchers {
		f(w)
	}
	for i := range b.slots {
		for _, m := range b.slots[i].seldom().watches {
			f(m.w)
		}
	}
}

// connection tells every watcher and follower that a connection went down or came up. A
// watcher that has not seen the one before sees the newest only.
func (b *Book) connection(c Change) {
	b.everyone(func(w *watch) {
		if w.end == nil {
			w.conn, w.connected = c, true
			w.wake.Signal()
		}
	})
	b.push(&c)
}

// next waits for the next change.
func (w *watch) next(ctx context.Context) (c Change) {
	b := w.b
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		switch {
		case ctx.Err() != nil:
			c.End = context.Cause(ctx)
		case w.connected:
			c, w.conn, w.connected = w.conn, Change{}, false
		case w.first != none:
			s := &b.slots[w.pop()]
			s.copy(&c.Ticker)
			c.Removed = !s.readable() // also where it is listed anew, and not known yet
		case w.end != nil:
			c.End = w.end
		default:
			w.wake.Wait()
			continue
		}
		return c
	}
}
