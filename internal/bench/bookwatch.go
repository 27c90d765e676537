package bench

import (
	"context"
	"fmt"
	"sync"

	"github.com/tickersync/tickersync/ticker"
)

// bookWatchRows are what watchers add to an apply, in times of what a bare map takes
// to store a ticker.
func bookWatchRows() []Row {
	const unit = "bare map stores"
	return []Row{
		{
			Name: "book/watch/one", Goal: AtMost(5, unit), What: "what a watcher of all 500 markets adds to an apply",
			Measure: bookWatched(500, 500, func(w *bookWatchers) { w.watch(false) }),
		},
		{
			Name: "book/watch/slow", Goal: AtMost(0.5, unit), What: "what a watcher that stands still adds, beyond what it has to read",
			Measure: bookWatched(500, 500, func(w *bookWatchers) { w.watch(true) }),
		},
		{
			Name: "book/watch/others", Goal: AtMost(0.5, unit), What: "what 1000 watchers of one other market each add",
			Measure: bookWatched(2000, 1000, func(w *bookWatchers) {
				for _, m := range bookMarkets(2000)[1000:] {
					w.watch(true, m)
				}
			}),
		},
	}
}

// bookWatchers are the watchers of a Book.
type bookWatchers struct {
	of   *ticker.Book
	ctx  context.Context
	done sync.WaitGroup
}

// watch adds a watcher. A slow one takes one change and then no more.
func (w *bookWatchers) watch(slow bool, ms ...ticker.Market) {
	watches := make(chan struct{})
	var once sync.Once
	w.done.Go(func() {
		for range w.of.Watch(w.ctx, ms...) {
			once.Do(func() { close(watches) })
			if slow {
				<-w.ctx.Done()
			}
		}
	})
	<-watches
}

// bookWatched measures applies with watchers and without, and stores in a bare map, in
// turns. Of the n markets the first so many are told of.
func bookWatched(n, told int, watch func(*bookWatchers)) func(context.Context, Settings) (Result, error) {
	return func(ctx context.Context, s Settings) (Result, error) {
		ctx, cancel := context.WithCancel(ctx)
		var mixes [2]*bookMix
		for i := range mixes {
			m, err := newBookMix(n, 1, 100)
			if err != nil {
				cancel()
				return Result{}, err
			}
			for i := range m.workers[0].ops {
				m.workers[0].ops[i].market = m.markets[i*7%told]
			}
			mixes[i] = m
		}
		w := &bookWatchers{of: &mixes[0].book, ctx: ctx}
		defer w.done.Wait()
		defer cancel()
		watch(w)
		sides := []Side{
			{Name: "watched", Do: mixes[0].do((*bookWorker).book)},
			{Name: "not watched", Do: mixes[1].do((*bookWorker).book)},
			{Name: "map and slice", Do: mixes[1].do((*bookWorker).bare)},
		}
		var r Result
		all, err := turns(ctx, s, sides)
		if err != nil {
			return Result{}, err
		}
		for i := range all[0] {
			r.Values = append(r.Values, (all[0][i]-all[1][i])/all[2][i])
		}
		r.Note = fmt.Sprintf("%s with, %s without, a store %s", span(quantile(all[0], 0.5)), span(quantile(all[1], 0.5)), span(quantile(all[2], 0.5)))
		return r, nil
	}
}

// turns measures any number of sides in turns, each beginning one in its turn. It
// returns the nanoseconds that one piece of work took, of each side in each round.
func turns(ctx context.Context, s Settings, sides []Side) ([][]float64, error) {
	n := make([]int, len(sides))
	all := make([][]float64, len(sides))
	for i, side := range sides {
		var err error
		if n[i], err = often(ctx, side, s.For); err != nil {
			return nil, err
		}
	}
	for round := range s.Rounds {
		for turn := range sides {
			i := (round + turn) % len(sides)
			d, err := turned(ctx, sides[i], n[i])
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], float64(d)/float64(n[i]))
		}
	}
	return all, nil
}
