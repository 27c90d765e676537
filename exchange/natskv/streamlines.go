package natskv

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

var (
	errReplaced  = errors.New("natskv: another publisher has taken over")
	errForgotten = errors.New("natskv: the publisher tells of it no more")
)

// lines are the links of the publishers' Books, numbered as one watch has heard of
// them. The zero value is ready.
type lines struct {
	known map[lineKey]*lineTold
	last  uint64
}

type lineKey struct{ epoch, link uint64 }

// lineTold is what has been told of a link.
type lineTold struct {
	number uint64
	heard  tick
	feed   bool
	delay  [groups]time.Duration // of each group, by its feed
	closed bool
	seen   bool // in the heartbeat that is told
}

func (l *lines) line(epoch, link uint64) *lineTold {
	k := lineKey{epoch, link}
	t := l.known[k]
	if t == nil {
		if l.known == nil {
			l.known = make(map[lineKey]*lineTold)
		}
		l.last++
		t = &lineTold{number: l.last, heard: never}
		l.known[k] = t
	}
	return t
}

// number is what a link is called in updates.
func (l *lines) number(epoch, link uint64) uint64 { return l.line(epoch, link).number }

// keys are those of the links that are known, in the order in which they were heard of.
func (l *lines) keys() []lineKey {
	return slices.SortedFunc(maps.Keys(l.known), func(a, b lineKey) int {
		return cmp.Compare(l.known[a].number, l.known[b].number)
	})
}

// word appends what a heartbeat says of the links. Of one that it says nothing of,
// nothing will be known any more; if that one is closed it is forgotten.
func (l *lines) word(dst []ticker.Update, b *beat, clock *timeline) []ticker.Update {
	for i := range b.Links {
		from := &b.Links[i]
		t := l.line(b.Epoch, from.Link)
		t.seen = true
		if t.closed || t.feed && t.heard == from.Heard && !from.Closed {
			continue
		}
		o := &ticker.Origin{Link: t.number, Heard: clock.at(from.Heard)}
		if !t.feed {
			feed := from.feed()
			o.Feed = &feed
			t.delay = [groups]time.Duration{feed.Trade.Delay, feed.Quote.Delay, feed.Stats.Delay}
		}
		if from.Closed {
			o.Closed = ticker.ErrClosed
			if from.Error != "" {
				o.Closed = errors.New(from.Error)
			}
		}
		t.feed, t.heard, t.closed = true, from.Heard, from.Closed
		dst = append(dst, ticker.Update{Origin: o})
	}
	for _, k := range l.keys() {
		t := l.known[k]
		switch {
		case k.epoch != b.Epoch || t.seen || !t.feed:
		case !t.closed:
			dst = l.end(dst, t, errForgotten)
		default:
			delete(l.known, k)
		}
		t.seen = false
	}
	return dst
}

// others appends the end of the links of all tenures but one.
func (l *lines) others(dst []ticker.Update, epoch uint64) []ticker.Update {
	for _, k := range l.keys() {
		if k.epoch == epoch {
			continue
		}
		t := l.known[k]
		if t.feed && !t.closed {
			dst = l.end(dst, t, errReplaced)
		}
		delete(l.known, k)
	}
	return dst
}

func (l *lines) end(dst []ticker.Update, t *lineTold, err error) []ticker.Update {
	t.closed = true
	return append(dst, ticker.Update{Origin: &ticker.Origin{Link: t.number, Closed: err}})
}
