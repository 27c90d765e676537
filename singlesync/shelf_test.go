package singlesync

import (
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// shelf is a Book as far as a queue asks: what it wants is what a test says.
type shelf struct {
	list  []exchange.Listing
	want  map[ticker.Market]ticker.Want
	asked []ticker.Market
	old   []ticker.Market
	looks int // at the whole Book
	calls int // about one market
}

func (s *shelf) Wanted(dst []ticker.Want) []ticker.Want {
	s.looks++
	for _, l := range s.list { // in the order of the Book, which is that of the list
		if w, ok := s.want[l.Market]; ok {
			dst = append(dst, w)
		}
	}
	return dst
}

func (s *shelf) Wants(m ticker.Market) (ticker.Want, bool) {
	s.calls++
	w, ok := s.want[m]
	return w, ok
}

func (s *shelf) Asked() (m ticker.Market, ok bool) {
	if len(s.asked) == 0 {
		return "", false
	}
	m, s.asked = s.asked[0], s.asked[1:]
	return m, true
}

func (s *shelf) Older(_ time.Duration, dst []ticker.Want) []ticker.Want {
	for _, m := range s.old {
		dst = append(dst, ticker.Want{Market: m, Known: true})
	}
	return dst
}

func (s *shelf) IsOlder(m ticker.Market, _ time.Duration) bool { return slices.Contains(s.old, m) }

func (s *shelf) trading() []exchange.Listing { return s.list }

// newShelf lists markets, all of them unknown.
func newShelf(ms ...ticker.Market) *shelf {
	s := &shelf{want: make(map[ticker.Market]ticker.Want)}
	for _, m := range ms {
		s.list = append(s.list, exchange.Listing{Market: m, Trading: true})
		s.want[m] = ticker.Want{Market: m}
	}
	return s
}

// told: the Book wants the markets no more.
func (s *shelf) told(ms ...ticker.Market) {
	for _, m := range ms {
		delete(s.want, m)
	}
}

func (s *shelf) volumes(vs ...int64) {
	for i, v := range vs {
		s.list[i].Volume = decimal.MustNew(v, 0)
	}
}

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func after(d time.Duration) time.Time { return start.Add(d) }

// taken takes all that may be asked for at a moment.
func taken(q *queue, s *shelf, now time.Time) (ms []ticker.Market) {
	for {
		m, ok := q.take(now, false, s.trading)
		if !ok {
			return ms
		}
		ms = append(ms, m)
	}
}

func ms(names ...ticker.Market) []ticker.Market { return names }
