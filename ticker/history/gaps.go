package history

import (
	"context"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// Reasons of gaps.
const (
	reasonBehind  = "behind"  // the Book was faster than the spool
	reasonFull    = "full"    // the spool or its disk was full
	reasonDown    = "down"    // a connection to the exchange was lost
	reasonStopped = "stopped" // nobody recorded, or no engine kept the Book
	reasonDamaged = "damaged" // a part of the spool could not be read
)

// behind records that changes were lost, and that the rows that follow tell all
// that can still be told of them.
func (o *observer) behind(c *ticker.Change) {
	since, reason := micros(o.last), reasonBehind
	if o.stuck.Load() >= since {
		reason = reasonFull
	}
	o.emit(event{
		kind: eventGap, at: micros(c.At), key: []byte(o.exchange), number: o.number(),
		since: since, until: micros(c.At), reason: reason, skipped: uint64(c.Skipped),
	})
	o.status.set(func(s *Status) { s.Lost += uint64(c.Skipped) })
}

// down records that a link was lost: a gap from when it was last heard.
func (o *observer) down(c *ticker.Change) {
	link := o.link(c.Link)
	since := c.At
	if to := link.life.to; !to.IsZero() && to.Before(since) {
		since = to
	}
	gap := event{
		kind: eventGap, at: micros(c.At), key: []byte(o.exchange), number: o.number(), link: link.number,
		since: micros(since), reason: reasonDown, note: clean(c.Down.Error()),
	}
	o.downs = append(o.downs, gap.number)
	o.emit(gap)
}

// up records that a link is open: the gap of the one lost first is over.
func (o *observer) up(c *ticker.Change) {
	o.resumed(c.At)
	o.link(c.Link)
	if len(o.downs) > 0 {
		o.emit(event{kind: eventOver, at: micros(c.At), number: o.downs[0], until: micros(c.At)})
		o.downs = o.downs[1:]
	}
}

// end records that the Book's engine has ended, and with it all that it tells.
func (o *observer) end(c *ticker.Change) {
	o.hear(c.At)
	for _, number := range o.downs {
		o.emit(event{kind: eventOver, at: micros(c.At), number: number, until: micros(c.At)})
	}
	o.downs = nil
	if o.ended == 0 {
		o.ended = o.number()
		o.emit(event{
			kind: eventGap, at: micros(c.At), key: []byte(o.exchange), number: o.ended,
			since: micros(c.At), reason: reasonStopped, note: clean(c.End.Error()),
		})
	}
}

// resumed records that an engine keeps the Book.
func (o *observer) resumed(at time.Time) {
	if o.ended != 0 && o.book.Status().State != ticker.Ended {
		o.emit(event{kind: eventOver, at: micros(at), number: o.ended, until: micros(at)})
		o.ended = 0
	}
}

// listen records, once a second, how far the Book's links were heard.
func (o *observer) listen(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			o.tick(time.Now())
			return
		case now := <-tick.C:
			o.tick(now)
		}
	}
}

func (o *observer) tick(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.exchange == "" {
		return
	}
	o.events = o.events[:0]
	o.emit(event{kind: eventTick, at: micros(now)})
	o.hear(now)
	o.buffer.add(o.events, 0)
}

// hear records how far each link was heard, and which have closed.
func (o *observer) hear(now time.Time) {
	lives := o.book.Lives()
	there := make(map[uint64]bool, len(lives))
	for i := range lives {
		l := &lives[i]
		there[l.Link] = true
		h := o.links[l.Link]
		if h == nil {
			h = o.meet(l)
		}
		if h.closed {
			continue
		}
		if !l.Heard.IsZero() {
			before := h.life
			if h.life, _ = before.extend(now, l.Heard); h.life != before {
				o.emit(event{
					kind: eventLife, at: micros(now), link: h.number,
					since: micros(h.life.since), from: micros(h.life.from), until: micros(h.life.to),
				})
			}
		}
		if h.closed = !l.Closed.IsZero(); h.closed {
			e := event{kind: eventClosed, at: micros(now), link: h.number, until: micros(l.Closed)}
			if l.Err != nil {
				e.note = clean(l.Err.Error())
			}
			o.emit(e)
		}
	}
	for id, h := range o.links {
		if h.closed && !there[id] {
			delete(o.links, id)
		}
	}
}

// link returns a link of the Book, and records it where it is not yet.
func (o *observer) link(id uint64) *heard {
	if h := o.links[id]; h != nil {
		return h
	}
	for _, l := range o.book.Lives() {
		if l.Link == id {
			return o.meet(&l)
		}
	}
	return o.meet(&ticker.Life{Link: id, Opened: time.Now()}) // long closed
}

// meet records a link that was not seen before.
func (o *observer) meet(l *ticker.Life) *heard {
	h := &heard{number: o.number()}
	o.links[l.Link] = h
	o.emit(event{
		kind: eventLink, at: micros(time.Now()), link: h.number, note: o.exchange, since: micros(l.Opened),
		delays: [3]int64{l.Feed.Trade.Delay.Microseconds(), l.Feed.Quote.Delay.Microseconds(), l.Feed.Stats.Delay.Microseconds()},
	})
	return h
}
