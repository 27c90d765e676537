package history

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// observer turns what one Book tells into events. follow and listen are its two
// goroutines.
type observer struct {
	*run
	book *ticker.Book

	mu       sync.Mutex
	exchange string
	markets  map[ticker.Market]*observed
	links    map[uint64]*heard // by the Book's own numbers
	downs    []uint64          // gaps of links that were lost, open
	ended    uint64            // the gap since the engine has ended; 0: it goes on
	last     time.Time         // of the last change
	events   []byte            // scratch
	scratch  []byte
}

// observed is what the rows of a market that were recorded last say.
type observed struct {
	key     string
	rows    ticker.Groups // those that have one
	link    uint64
	follows ticker.Groups
	kinds   [3]ticker.Kind
}

// heard is a link of a Book as it was recorded.
type heard struct {
	number uint64
	life   life
	closed bool
}

func newObserver(n *run, b *ticker.Book) *observer {
	return &observer{run: n, book: b, markets: map[ticker.Market]*observed{}, links: map[uint64]*heard{}, last: time.Now()}
}

// follow records the changes of the Book, of one engine after another.
func (o *observer) follow(ctx context.Context) {
	for ctx.Err() == nil {
		changed := o.book.StatusChanged()
		for c := range o.book.Follow(ctx, o.depth) {
			if c.End == nil || ctx.Err() == nil { // else it is our own end
				o.change(&c)
			}
		}
		for ctx.Err() == nil && o.book.Status().State == ticker.Ended {
			select {
			case <-ctx.Done():
			case <-changed:
				changed = o.book.StatusChanged()
			}
		}
	}
}

// change records one change.
func (o *observer) change(c *ticker.Change) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.exchange == "" && !o.named() {
		return
	}
	o.events = o.events[:0]
	changes := uint64(0)
	switch {
	case c.End != nil:
		o.end(c)
	case c.Skipped > 0:
		o.behind(c)
	case c.Down != nil:
		o.down(c)
	case c.Up:
		o.up(c)
	default:
		o.resumed(c.At)
		o.rows(c)
		changes = 1
	}
	if c.At.After(o.last) {
		o.last = c.At
	}
	if len(o.events) > 0 {
		o.buffer.add(o.events, changes)
	}
}

// named learns the exchange's name, which a Book has from its first engine.
func (o *observer) named() bool {
	o.exchange = cmp.Or(clean(o.book.Name()), "unnamed")
	if other, taken := o.names.LoadOrStore(o.exchange, o.book); taken && other != o.book {
		o.fail(fmt.Errorf("history: two books are of the exchange %q: rows would not tell them apart", o.exchange))
		return false
	}
	return true
}

func (o *observer) emit(e event) { o.events = e.append(o.events) }

// rows records the groups that were told, and those of which what AsOf moves with
// has changed.
func (o *observer) rows(c *ticker.Change) {
	m := o.markets[c.Market]
	if m == nil {
		m = &observed{key: marketKey(o.exchange, string(c.Market))}
		o.markets[c.Market] = m
	}
	var rows [3]tail
	var ends [3]int
	b := o.scratch[:0]
	for g, stamp := range []*ticker.Stamp{&c.Trade.Stamp, &c.Quote.Stamp, &c.Stats.Stamp} {
		bit := ticker.Groups(1) << g
		differs := c.Follows&bit != m.follows&bit || c.Follows&bit != 0 && c.Link != m.link || stamp.Kind != m.kinds[g]
		told := stamp.Source != ticker.NoSource && (c.Groups.Has(bit) || differs || !m.rows.Has(bit))
		switch {
		case c.Removed && m.rows.Has(bit):
			b = appendGroup(b, &c.Ticker, g, c.At, true)
		case !c.Removed && told:
			b = appendGroup(b, &c.Ticker, g, c.At, false)
			m.rows |= bit
		}
		ends[g] = len(b)
		m.kinds[g] = stamp.Kind
	}
	o.scratch = b
	begin := 0
	for g := range rows {
		rows[g] = tail{b[begin:ends[g]], c.Follows.Has(ticker.Groups(1) << g)}
		begin = ends[g]
	}
	m.link, m.follows = c.Link, c.Follows
	var link uint64
	if c.Link != 0 {
		link = o.link(c.Link).number
	}
	if c.Removed {
		delete(o.markets, c.Market)
	}
	if len(b) > 0 {
		o.events = appendChange(o.events, micros(c.At), m.key, link, &rows)
	}
}
