package singlesync

import (
	"sync"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// wishes is what a queue asks of the Book; a *ticker.Keeper is one.
type wishes interface {
	Wanted([]ticker.Want) []ticker.Want
	Wants(ticker.Market) (ticker.Want, bool)
	Asked() (ticker.Market, bool)
	Older(time.Duration, []ticker.Want) []ticker.Want
	IsOlder(ticker.Market, time.Duration) bool
}

// queue decides which market is asked for next. It is sorted once and then taken
// from the front: whether a market is still wanted is looked up as its turn comes,
// so that a turn costs the same however many are waiting.
type queue struct {
	book    wishes
	first   map[ticker.Market]int
	refresh time.Duration

	mu     sync.Mutex
	urgent []ticker.Market        // that readers asked for
	parked []ticker.Market        // of those, the ones that have to wait
	asked  map[ticker.Market]bool // in urgent or parked
	sorted []ticker.Market
	old    []ticker.Market        // known, but not followed by the stream: to be refreshed
	flight map[ticker.Market]bool // being asked for; true: a reader asked for it
	held   map[ticker.Market]hold
	soon   time.Time // when the first of those that have to wait may be asked for
	again  time.Time // when the first of those may that go before others
	looked time.Time // when sorted was made
}

// hold keeps a market back after a request that failed or brought nothing.
type hold struct {
	until time.Time
	fails int
}

func newQueue(book wishes, first []ticker.Market, refresh time.Duration) *queue {
	q := &queue{
		book: book, refresh: refresh,
		first: make(map[ticker.Market]int, len(first)),
		asked: make(map[ticker.Market]bool), flight: make(map[ticker.Market]bool), held: make(map[ticker.Market]hold),
	}
	for i, m := range first {
		q.first[m] = i - len(first)
	}
	return q
}

// renew makes the queue look at the whole Book again.
func (q *queue) renew() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.looked = time.Time{}
}

// idle is how long there will be nothing to ask for, as far as is known.
func (q *queue) idle(now time.Time, most time.Duration) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.soon.IsZero() {
		return most
	}
	return min(max(q.soon.Sub(now), 0), most)
}

// ready reports whether there is a market to ask for now; if early, an unknown one
// although its answer would have to be confirmed.
func (q *queue) ready(now time.Time, early bool, trading func() []exchange.Listing) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	_, ok := q.front(now, early, trading)
	return ok
}

// take takes that market.
func (q *queue) take(now time.Time, early bool, trading func() []exchange.Listing) (ticker.Market, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	list, ok := q.front(now, early, trading)
	if !ok {
		return "", false
	}
	m := (*list)[0]
	*list = (*list)[1:]
	q.flight[m] = list == &q.urgent
	delete(q.asked, m)
	return m, true
}

// front returns the list whose first market is the one to ask for.
func (q *queue) front(now time.Time, early bool, trading func() []exchange.Listing) (*[]ticker.Market, bool) {
	for {
		m, ok := q.book.Asked()
		if !ok {
			break
		}
		q.ask(m)
	}
	if q.outdated(now) {
		q.look(now, trading())
	}
	lists := [...]*[]ticker.Market{&q.urgent, &q.sorted, &q.old}
	if len(q.sorted) > 0 && q.first[q.sorted[0]] < 0 {
		lists[0], lists[1] = lists[1], lists[0]
	}
	for _, list := range lists {
		for len(*list) > 0 {
			m := (*list)[0]
			at, ok := q.open(m, now, early, list == &q.old)
			if ok && !at.After(now) {
				return list, true
			}
			*list = (*list)[1:]
			switch {
			case ok:
				q.wait(m, at, list == &q.urgent)
			case list == &q.urgent:
				delete(q.asked, m)
			}
		}
	}
	return nil, false
}

// ask has a market asked for before others, because a reader wants it. However
// often that is, it is in the queue once.
func (q *queue) ask(m ticker.Market) {
	if _, flying := q.flight[m]; flying {
		q.flight[m] = true
		return
	}
	if !q.asked[m] {
		q.asked[m] = true
		q.urgent = append(q.urgent, m)
	}
}

// wait keeps a market back until a moment. What goes before others does so then,
// too.
func (q *queue) wait(m ticker.Market, at time.Time, urgent bool) {
	if q.soon.IsZero() || at.Before(q.soon) {
		q.soon = at
	}
	if urgent {
		q.asked[m] = true
		q.parked = append(q.parked, m)
	}
	if (urgent || q.first[m] < 0) && (q.again.IsZero() || at.Before(q.again)) {
		q.again = at
	}
}

// outdated reports whether the Book has to be looked at again.
func (q *queue) outdated(now time.Time) bool {
	since := now.Sub(q.looked)
	switch {
	case q.looked.IsZero():
		return true
	case len(q.sorted) == 0 && (since >= look || !now.Before(q.soon)):
		return true
	}
	return since >= look && !q.again.IsZero() && !now.Before(q.again)
}

// open returns the moment from which the market may be asked for, if at all.
func (q *queue) open(m ticker.Market, now time.Time, early, old bool) (at time.Time, ok bool) {
	if _, flying := q.flight[m]; flying {
		return at, false
	}
	if old {
		if !q.book.IsOlder(m, q.refresh) {
			return at, false
		}
	} else {
		w, ok := q.book.Wants(m)
		if !ok {
			return at, false
		}
		if at = w.At(now); early && !w.Known {
			at = now
		}
	}
	if h := q.held[m]; h.until.After(at) {
		at = h.until
	}
	return at, true
}

// answered ends a request that brought an answer. If the Book still wants the
// market at once, it has to wait as after a failure.
func (q *queue) answered(m ticker.Market, now time.Time) {
	if w, ok := q.book.Wants(m); ok && !w.At(now).After(now) {
		q.failed(m, now, soonest)
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.flight, m)
	delete(q.held, m)
}

// failed ends a request that brought nothing: the market waits, the longer the
// more often that happens, and about jitter more.
func (q *queue) failed(m ticker.Market, now time.Time, jitter time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	urgent := q.flight[m]
	delete(q.flight, m)
	h := q.held[m]
	h.fails++
	h.until = now.Add(min(soonest<<min(h.fails-1, 10), latest) + jitter)
	q.held[m] = h
	q.wait(m, h.until, urgent)
}
