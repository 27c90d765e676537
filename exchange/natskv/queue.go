package natskv

import (
	"slices"
	"sync"

	"github.com/tickersync/tickersync/ticker"
)

// queue is what is still to be written into the bucket: of each market the newest
// alone, so that it never holds more than there are markets, however slow the
// broker is. A market has one write on its way at a time.
//
// A heartbeat says how far the word of the links reaches, and so has to stand behind
// every record that the Book had told before: it waits until those are written. If
// that takes longer than until the next one, one is written that repeats the word
// that was told last: the publisher lives, and its prices grow older.
type queue struct {
	wake chan struct{} // something can be taken

	mu      sync.Mutex
	entries map[ticker.Market]*entry
	line    []*entry // queued, in the order in which they came
	broken  []*entry // of which a write has failed
	flying  int      // writes on their way
	changes uint64
	waiting *beat // until the entries that it needs are written
	waits   int   // how many those are
	next    *beat // the newest that came meanwhile
	due     *beat // can be written
	proven  []line
	phase   phase
	last    *beat // that was taken
	quick   int   // heartbeats that went out at once
	status  entry
}

// state is where an entry is.
type state uint8

const (
	idle   state = iota // the bucket holds its record
	queued              // it is in the line
	flying              // a write is on its way
	broken              // a write has failed: its revision has to be read
)

// entry is one key of the bucket. The writer may read it while it is flying or
// broken.
type entry struct {
	key   string
	rev   uint64 // of what stands in the bucket; 0: nothing does
	rec   record // what is to stand there
	known bool   // Follow has told a ticker of it
	fresh bool   // it has done so since the Book was last asked how it stands
	state state
	n     uint64 // the number of its last change
	sent  uint64 // that of the one which is being written
	needs uint64 // the heartbeat waits for this one; 0: it does not
}

// quickBeats is how many heartbeats of a tenure that is live follow the one before as
// soon as that is written: a reader learns the clock from some in a row.
const quickBeats = 3

func newQueue() *queue {
	return &queue{wake: make(chan struct{}, 1), entries: make(map[ticker.Market]*entry), phase: rewriting, status: entry{key: statusKey}}
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// entry returns a market's, and makes it where there is none. It is nil for a market
// that has no key.
func (q *queue) entry(m ticker.Market) *entry {
	e := q.entries[m]
	if e == nil {
		key, ok := marketKey(m)
		if !ok {
			return nil
		}
		e = &entry{key: key}
		q.entries[m] = e
	}
	return e
}

// change queues an entry that has changed. Who calls it has it written, too.
func (q *queue) change(e *entry) {
	q.changes++
	e.n = q.changes
	if e.state == idle {
		e.state = queued
		q.line = append(q.line, e)
	}
}

// beat takes a heartbeat whose links were looked at just now.
func (q *queue) beat(b *beat) {
	if q.waiting == nil {
		q.hold(b)
	} else {
		q.next = b
		repeat := *b
		q.ready(&repeat)
	}
}

// hold has a heartbeat wait for what is not written yet.
func (q *queue) hold(b *beat) {
	q.waiting, q.waits = b, 0
	for _, e := range q.entries {
		if e.state != idle {
			e.needs = e.n
			q.waits++
		}
	}
	q.proves()
}

// proves lets the heartbeat go when it waits for nothing any more.
func (q *queue) proves() {
	if q.waiting == nil || q.waits > 0 {
		return
	}
	b := q.waiting
	q.proven, q.phase, q.waiting = b.Links, live, nil
	q.ready(b)
	if next := q.next; next != nil {
		q.next = nil
		q.hold(next)
	}
}

// ready has a heartbeat written, with the word of the links that is proven.
func (q *queue) ready(b *beat) {
	b.Links, b.Phase = q.proven, q.phase
	q.due = b
	q.signal()
}

// take returns what is to be written next, if anything is and fewer than so many
// writes are on their way. Of the status it returns the heartbeat, too.
func (q *queue) take(pending int) (e *entry, b *beat) {
	if q.due != nil && q.status.state == idle {
		b, q.due = q.due, nil
		q.last = b
		q.status.state = flying
		return &q.status, b
	}
	if len(q.line) == 0 || q.flying >= pending {
		return nil, nil
	}
	e = q.line[0]
	q.line = q.line[1:]
	if len(q.line) == 0 {
		q.line = nil
	}
	e.state, e.sent = flying, e.n
	q.flying++
	return e, nil
}

// wrote says that an entry has been written.
func (q *queue) wrote(e *entry, rev uint64) {
	e.rev = rev
	q.landed(e)
	if e == &q.status {
		if q.phase == live && q.due == nil && q.quick < quickBeats {
			q.quick++
			repeat := *q.last
			q.ready(&repeat)
		}
		return
	}
	if e.n > e.sent {
		e.state = queued
		q.line = append(q.line, e)
		q.signal()
	}
	if e.needs != 0 && e.sent >= e.needs {
		e.needs = 0
		q.waits--
		q.proves()
	}
}

func (q *queue) landed(e *entry) {
	e.state = idle
	if e != &q.status {
		q.flying--
	}
	if len(q.line) > 0 || q.due != nil {
		q.signal()
	}
}

// failed says that nobody knows whether an entry has been written, nor its revision.
func (q *queue) failed(e *entry) {
	q.landed(e)
	e.state = broken
	q.broken = append(q.broken, e)
}

// mended says which revision a broken entry has. It is written next.
func (q *queue) mended(e *entry, rev uint64) {
	e.rev = rev
	if e == &q.status { // the next heartbeat comes soon
		e.state = idle
		q.signal()
		return
	}
	e.state = queued
	q.line = slices.Insert(q.line, 0, e)
	q.signal()
}
