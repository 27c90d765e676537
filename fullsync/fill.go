package fullsync

import (
	"context"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/engine"
	"github.com/tickersync/tickersync/ticker"
)

const (
	look    = time.Second // how often what is wanted is looked up, beside events
	soonest = 250 * time.Millisecond
	latest  = 30 * time.Second
	// gather is the least time between snapshots while connections are still to
	// come, so that one serves several of them.
	gather = 5 * time.Second
	// missing is how many snapshots may lack a listed market before it is refused.
	missing = 2
)

// filler asks for snapshots as long as the Book wants something of them.
type filler struct {
	src    Source
	run    *engine.Run
	wants  []ticker.Want
	missed map[ticker.Market]int // snapshots that could have told the market and did not
	fails  int                   // requests in a row that failed or brought nothing
	after  time.Time             // no request before

	progress ticker.Backfill
}

func (f *filler) fill(ctx context.Context) error {
	for {
		at, ok := f.next()
		if !ok {
			at = time.Now().Add(look)
		}
		if wait := time.Until(at); wait > 0 {
			timer := time.NewTimer(wait)
			select {
			case <-ctx.Done():
				timer.Stop()
				return nil
			case <-f.run.Wake():
				timer.Stop()
			case <-timer.C:
			}
			continue
		}
		if err := f.snapshot(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
	}
}

// next is the moment at which a snapshot can bring what the Book wants.
func (f *filler) next() (at time.Time, ok bool) {
	f.wants = f.run.Keeper.Wanted(f.wants[:0])
	now := time.Now()
	for i := range f.wants {
		if a := f.wants[i].At(now); i == 0 || a.Before(at) {
			at = a
		}
	}
	if at.Before(f.after) {
		at = f.after
	}
	return at, len(f.wants) > 0
}

// snapshot asks for one and merges it under the stream.
func (f *filler) snapshot(ctx context.Context) error {
	paid, err := f.run.Feed.Budget.Reserve(ctx, 1)
	if err != nil {
		return err
	}
	link := f.run.Link()
	if link == nil {
		return nil // the connection ended meanwhile
	}
	asked := time.Now()
	paid = f.run.Recording(paid, exchange.AskSnapshot, exchange.Listing{})
	us, err := f.src.Snapshot(paid)
	exchange.Asked(paid, err)
	if err != nil {
		if fatal := f.run.Failed(ctx, "snapshot", err); fatal != nil {
			return fatal
		}
		f.progress.Failed++
		if len(us) == 0 {
			f.run.Keeper.Backfill(f.progress)
			f.again(err)
			return nil
		}
	} else {
		f.progress.Fetched++
	}
	f.run.Keeper.Backfill(f.progress) // before it is seen in the Book, which may be synced by it
	link.Answer(us, asked, err == nil)
	f.settle(asked, err)
	return nil
}

// settle looks at what the snapshot that was asked for then has left. What it
// lacked twice is refused; for the rest there is a pause before the next. bad is
// what could not be read of it.
func (f *filler) settle(asked time.Time, bad error) {
	reason := "not in the snapshot"
	if bad != nil {
		reason = "not in the snapshot, of which a part could not be read"
	}
	f.wants = f.run.Keeper.Wanted(f.wants[:0])
	left := 0
	for _, w := range f.wants {
		later := w.NotBefore.After(asked) // a later one can tell more
		if w.Known && later {
			continue
		}
		left++
		if w.Known || later {
			continue
		}
		if f.missed[w.Market]++; f.missed[w.Market] >= missing {
			f.run.Keeper.Refuse(w.Market, reason)
			delete(f.missed, w.Market)
		}
	}
	if left == 0 {
		f.fails, f.after = 0, time.Time{}
		if !f.run.Whole() {
			f.after = asked.Add(gather)
		}
		clear(f.missed)
		return
	}
	f.again(nil)
}

// again puts the next request off, the longer the more often in a row.
func (f *filler) again(err error) {
	f.fails++
	wait := min(soonest<<min(f.fails, 10), latest)
	f.after = time.Now().Add(wait/2 + f.run.Retry(err, wait/2))
}
