package singlesync

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/engine"
	"github.com/tickersync/tickersync/ticker"
)

const (
	look     = time.Second // how often what is wanted is looked up, beside events
	inFlight = 64          // requests at once, where the pace allows so many
	soonest  = time.Second // the first wait after a failed request
	latest   = 5 * time.Minute
)

// backfill asks for markets, one a request, as long as the Book wants some.
type backfill struct {
	src   Source
	r     *engine.Run
	queue *queue
	slots chan struct{}           // one for each request that may be in flight
	stop  context.CancelCauseFunc // ends it all, with what cannot get better

	mu       sync.Mutex
	progress ticker.Backfill
}

func newBackfill(src Source, r *engine.Run, o *Options) *backfill {
	n := inFlight
	if r.Feed.Budget == nil {
		n = 1
	}
	b := &backfill{
		src: src, r: r, queue: newQueue(r.Keeper, o.First, o.Refresh),
		slots: make(chan struct{}, n),
	}
	b.progress.Pace = float64(r.Feed.Budget.Rate())
	return b
}

func (b *backfill) run(ctx context.Context) error {
	all, stop := context.WithCancelCause(ctx)
	b.stop = stop
	b.ask(all)
	if ctx.Err() != nil {
		return nil
	}
	return context.Cause(all)
}

// ask asks until ctx ends.
func (b *backfill) ask(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		select {
		case <-b.r.Wake():
			b.queue.renew()
		default:
		}
		early := b.spare()
		if wait := b.idle(early); wait > 0 {
			if !b.wait(ctx, wait) {
				return
			}
			continue
		}
		select {
		case <-ctx.Done():
			return
		case b.slots <- struct{}{}:
		}
		// Pay first and choose then: the stream may tell a market meanwhile.
		paid, err := b.r.Feed.Budget.Reserve(ctx, 1)
		if err != nil {
			return // only ctx's end stops the wait
		}
		m, ok := b.queue.take(time.Now(), early, b.r.Trading)
		if !ok {
			<-b.slots
			continue
		}
		wg.Go(func() {
			defer func() { <-b.slots }()
			b.fetch(ctx, paid, m)
		})
	}
}

// spare reports whether the budget is full: its next token would be lost unless it
// is spent at once. That is how the first market need not wait for the link's
// beginning, where nothing is acknowledged; if the stream does not tell it, it is
// asked for once more when all are known.
func (b *backfill) spare() bool {
	budget := b.r.Feed.Budget
	return b.r.Feed.Settle > 0 && budget != nil && budget.Left() == budget.Burst()
}

// idle is how long there is nothing to ask for, unless something happens; zero
// when there is.
func (b *backfill) idle(early bool) time.Duration {
	now := time.Now()
	switch {
	case b.r.Link() == nil:
		return look
	case b.queue.ready(now, early, b.r.Trading):
		return 0
	}
	return max(b.queue.idle(now, look), time.Millisecond)
}

// wait waits so long, or until something may be wanted that was not before; false
// when ctx ends.
func (b *backfill) wait(ctx context.Context, d time.Duration) bool {
	b.publish(0, 0)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-b.r.Wake():
		b.queue.renew()
	case <-timer.C:
	}
	return true
}

// fetch asks for one market and merges the answer under the stream.
func (b *backfill) fetch(ctx, paid context.Context, m ticker.Market) {
	l, ok := b.r.Listing(m)
	link := b.r.Link()
	if !ok || link == nil {
		b.queue.failed(m, time.Now(), soonest)
		return
	}
	asked := time.Now()
	paid = b.r.Recording(paid, exchange.AskMarket, l)
	u, err := b.src.Fetch(paid, l)
	exchange.Asked(paid, err)
	if err == nil && u.Market != m {
		err = fmt.Errorf("asked for %s, answered %s", m, u.Market)
	}
	var frame *exchange.FrameError // may be about a market that nobody asked for
	switch {
	case err != nil && ctx.Err() != nil: // given up
	case err == nil:
		b.publish(1, 0) // before it is seen in the Book, which may be synced by it
		link.Answer([]ticker.Update{u}, asked, false)
		b.queue.answered(m, time.Now())
	case errors.Is(err, exchange.ErrUnknownMarket) && !errors.As(err, &frame):
		b.r.Keeper.Refuse(m, "unknown to the REST API")
		b.queue.answered(m, time.Now())
		b.publish(0, 1)
	default:
		var limit *exchange.RateLimitError
		if errors.As(err, &limit) {
			b.r.Feed.Budget.Pause(max(limit.RetryAfter, soonest))
		}
		b.queue.failed(m, time.Now(), b.r.Retry(nil, soonest))
		fatal := b.r.Failed(ctx, "fetch "+string(m), err)
		b.publish(0, 1) // who sees the count finds the error
		if fatal != nil {
			b.stop(fatal)
		}
	}
}

func (b *backfill) publish(fetched, failed int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.progress.Fetched += fetched
	b.progress.Failed += failed
	b.r.Keeper.Backfill(b.progress)
}
