package ticker

import (
	"slices"
	"time"
)

// Life is how long a link has lived, and how far its word reaches. It is a copy:
// keep it freely.
type Life struct {
	Link   uint64    // counted from 1 in each Book
	Feed   Feed      // how the link tells each group
	Opened time.Time // when the link was made
	// Heard is when the last frame that proves data flows was sent, by our clock:
	// the AsOf of a group that follows the link is this less the group's Delay. It
	// never goes back; zero: no such frame has come.
	Heard   time.Time
	Markets int       // those that the link carries, or that no other has taken over since it closed
	Closed  time.Time // zero: it is open
	Err     error     // why it was lost; nil: it is open, or the engine wished its end
}

// pastLives is how many closed links a Book remembers.
const pastLives = 64

// Lives returns the lives of the Book's links in the order in which they were
// opened: of all that are open, and of the last 64 that were closed. Those of a
// relay's origin are among them, beside the relay's own; they are counted here, from
// when they were first told of, and what the origin has closed is closed. Who repeats
// or records a Book asks once a second or so, and moves each AsOf that follows a
// link (see Follow) with it.
func (b *Book) Lives() []Life {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lives()
}

func (b *Book) lives() []Life {
	links := slices.Concat(b.past, b.links)
	for _, l := range b.links {
		for _, line := range l.lines {
			if line.err == nil {
				links = append(links, line)
			}
		}
	}
	slices.SortFunc(links, func(x, y *Link) int { return int(x.id) - int(y.id) })
	lives := make([]Life, len(links))
	at := make(map[*Link]*Life, len(links))
	for i, l := range links {
		lives[i] = Life{Link: l.id, Feed: l.feed, Opened: l.made, Heard: l.heard, Markets: l.markets, Closed: l.closed, Err: l.cause}
		at[l] = &lives[i]
	}
	for i := range b.slots {
		if life := at[b.slots[i].link]; life != nil {
			life.Markets++
		}
	}
	return lives
}

// bury remembers a link that was closed.
func (b *Book) bury(l *Link) {
	if len(b.past) == pastLives {
		b.past = slices.Delete(b.past, 0, 1)
	}
	b.past = append(b.past, l)
}
