package engine

import (
	"context"
	"errors"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// firstList reads the list until it has one, and opens the shards.
func (r *Run) firstList(ctx context.Context) error {
	for wait := 250 * time.Millisecond; ; wait = min(2*wait, r.slowest()) {
		_, err := r.readList(ctx)
		if err == nil {
			return nil
		}
		if fatal := r.Failed(ctx, "market list", err); fatal != nil {
			return fatal
		}
		r.Log.Warn("the market list cannot be read", "err", err)
		if err := Sleep(ctx, r.Retry(err, wait)); err != nil {
			return err
		}
	}
}

// relists reads the list again from time to time: sooner when the last one lacked
// markets, when it could not be read, and when the stream hints at a new market.
func (r *Run) relists(ctx context.Context) error {
	wait, last := r.spread(r.o.Relist), time.Now()
	for {
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		case <-r.hint:
			timer.Stop()
			if err := Sleep(ctx, time.Until(last.Add(min(r.hinted(), r.o.Relist)))); err != nil {
				return nil
			}
		}
		last = time.Now()
		votes, err := r.readList(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			if fatal := r.Failed(ctx, "market list", err); fatal != nil {
				return fatal
			}
			wait = min(r.Retry(err, r.o.Relist/4)+time.Second, r.o.Relist)
		case votes:
			wait = min(r.spread(confirmList), r.o.Relist)
		default:
			wait = r.spread(r.o.Relist)
		}
	}
}

// hinted is how often the list is read again at most when the stream hints at a new
// market. A relay waits for nobody: no exchange counts its requests.
func (r *Run) hinted() time.Duration {
	if r.Feed.Relay {
		return hintedRelay
	}
	return hintedList
}

// spread returns about d, so that many runs do not ask at once.
func (r *Run) spread(d time.Duration) time.Duration { return d - d/10 + r.jitter(d/5) }

// readList reads the list and carries its changes into the Book and the shards.
func (r *Run) readList(ctx context.Context) (votes bool, err error) {
	asked := time.Now()
	asking := r.Recording(ctx, exchange.AskMarkets, exchange.Listing{})
	ls, err := r.src.Markets(asking)
	exchange.Asked(asking, err)
	if err == nil && len(ls) == 0 {
		err = errors.New("it is empty")
	}
	if err != nil {
		return false, err
	}
	ls = r.named(ls)
	listed := make([]ticker.Listed, len(ls))
	list := make(map[ticker.Market]exchange.Listing, len(ls))
	order := make([]ticker.Market, 0, len(ls))
	for i, l := range ls {
		listed[i] = ticker.Listed{Market: l.Market, Trading: l.Trading}
		if _, twice := list[l.Market]; !twice {
			order = append(order, l.Market)
		}
		list[l.Market] = l
	}
	if err := r.room(listed); err != nil {
		return false, err
	}
	votes = r.Keeper.List(listed, asked)
	resumed := make(map[ticker.Market]bool)
	r.mu.Lock()
	for m, l := range r.list {
		resumed[m] = !l.Trading && list[m].Trading
	}
	r.list, r.order = list, order
	r.mu.Unlock()
	r.place(ctx, resumed)
	signal(r.wake)
	return votes, nil
}

// place sees to it that every market to be subscribed to is on a shard, and none
// that the Book has removed.
func (r *Run) place(ctx context.Context, resumed map[ticker.Market]bool) {
	r.mu.Lock()
	shards := r.shards
	placed := make(map[ticker.Market]bool)
	for _, s := range shards {
		for _, l := range s.listings {
			placed[l.Market] = true
		}
	}
	r.mu.Unlock()
	var add []exchange.Listing
	for _, l := range r.subscribed() {
		if !placed[l.Market] {
			add = append(add, l)
		}
	}
	for _, s := range shards {
		room := len(add)
		if r.Feed.PerConnection > 0 {
			room = min(room, max(0, r.Feed.PerConnection-s.size()))
		}
		s.change(add[:room], s.gone(), resumed)
		add = add[room:]
	}
	for len(add) > 0 {
		n := len(add)
		if r.Feed.PerConnection > 0 {
			n = min(n, r.Feed.PerConnection)
		}
		r.start(ctx, add[:n:n])
		add = add[n:]
	}
}
