package ticker

import (
	"fmt"
	"time"
)

// away says why the origin of a relay is down, and by which link; nil: it is not. A
// link that is to replace another does not count.
func (b *Book) away() (by *Link, why error) {
	for _, l := range b.links {
		if l.spare != nil {
			continue
		}
		for _, line := range l.lines {
			if line.cause != nil && line.markets > 0 && (why == nil || line.id < by.id) {
				by, why = line, line.cause
			}
		}
		if o := &l.origin; why == nil && *o != (OriginStatus{}) && o.State != Syncing && o.State != Live {
			by, why = l, fmt.Errorf("ticker: the book that %.40q repeats is %s", o.Name, o.State)
		}
	}
	return by, why
}

// attend tells watchers when the origin of a relay goes down or comes up. A relay's
// own connection that is lost meanwhile is no news, but when it is back the origin
// is told of anew.
func (b *Book) attend() {
	switch by, why := b.away(); {
	case why != nil && b.lost == nil:
		b.lost, b.status.LastError = why, why
		b.connection(Change{At: time.Now(), Link: by.id, Down: why})
	case why == nil && b.lost != nil && b.standing() > 0:
		b.lost = nil
		b.status.Reconnects++
		b.connection(Change{At: time.Now(), Link: b.links[0].id, Up: true})
	}
}

// syncsThere reports whether the origin of a relay does not know or confirm all yet.
func (b *Book) syncsThere() bool {
	for _, l := range b.links {
		if l.origin.State == Syncing && l.spare == nil {
			return true
		}
	}
	return false
}
