package singlesync

import (
	"cmp"
	"slices"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// look sorts what the Book wants: what is unknown before what wants
// confirmation; of either Options.First, then the oldest. Unknown markets are as
// old as a file says that this Book began with, to the minute, so that of those of
// one connection the one that the stream is least likely to tell comes first.
func (q *queue) look(now time.Time, trading []exchange.Listing) {
	q.looked, q.soon, q.again = now, time.Time{}, time.Time{}
	q.urgent = append(q.urgent, q.parked...)
	q.parked = nil
	wants := q.book.Wanted(nil)
	place := make(map[ticker.Market]int, len(trading))
	for i, l := range trading {
		place[l.Market] = i
	}
	slices.SortFunc(wants, func(a, b ticker.Want) int {
		if a.Known != b.Known {
			if b.Known {
				return -1
			}
			return 1
		}
		if c := cmp.Compare(q.first[a.Market], q.first[b.Market]); c != 0 {
			return c
		}
		if c := asOf(a).Compare(asOf(b)); c != 0 {
			return c
		}
		i, j := place[a.Market], place[b.Market]
		if i < len(trading) && j < len(trading) {
			if c := trading[i].Volume.Cmp(trading[j].Volume); c != 0 {
				return c
			}
		}
		return cmp.Compare(i, j)
	})
	q.sorted = q.sorted[:0]
	for _, w := range wants {
		q.sorted = append(q.sorted, w.Market)
	}
	q.old = q.old[:0]
	if q.refresh > 0 {
		for _, w := range q.book.Older(q.refresh, nil) {
			q.old = append(q.old, w.Market)
		}
	}
}

// asOf is what markets are compared by to find the oldest.
func asOf(w ticker.Want) time.Time {
	if w.Known {
		return w.AsOf
	}
	return w.AsOf.Truncate(time.Minute)
}
