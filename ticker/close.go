package ticker

import (
	"fmt"
	"slices"
	"time"
)

// Close ends the link. Its markets stay readable; their AsOf stands still, unless
// another open link carries them, which takes them over. A nil error means that the
// engine wished it, and is not shown to watchers; nor is the loss of a link of
// which others carry every market.
func (l *Link) Close(err error) {
	b := l.b
	b.mu.Lock()
	defer b.mu.Unlock()
	l.close(err)
}

func (l *Link) close(err error) {
	b := l.b
	if l.err != nil {
		return
	}
	l.err, l.cause, l.closed = ErrDown, err, time.Now()
	b.bury(l)
	b.links = slices.DeleteFunc(b.links, func(o *Link) bool { return o == l })
	for _, o := range b.links {
		if o.spare == l {
			o.spare = nil
		}
	}
	l.loseLines(err)
	if err != nil {
		l.err = fmt.Errorf("%w: %w", ErrDown, err)
		b.status.LastError = err
		if l.missed() {
			b.broken++
			if b.lost == nil {
				b.connection(Change{At: l.closed, Link: l.id, Down: err})
			}
			b.lost = nil
		}
	}
	for i := range b.slots {
		s := &b.slots[i]
		if s.next() == l {
			s.rare.next, s.rare.ahead = nil, nil
			s.tidy()
		}
		if s.link != l {
			continue
		}
		e := effect{flags: true}
		s.waitFor(nil)
		if s.heir() != nil {
			b.pass(int32(i), l.closed)
			b.resume(int32(i), s.link.heard, l.closed, &e)
		}
		b.settle(int32(i), &e)
	}
	b.note(true)
}

// missed reports whether the link's end leaves a market without one.
func (l *Link) missed() bool {
	for i := range l.b.slots {
		if s := &l.b.slots[i]; s.link == l && s.heir() == nil {
			return true
		}
	}
	return !l.shared
}
