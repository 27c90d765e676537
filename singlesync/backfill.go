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
	slots chan struct{} // one for each request that may be in flight
	fatal chan error

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
		slots: make(chan struct{}, n), fatal: make(chan error, 1),
	}
	b.progress.Pace = float64(r.Feed.Budget.Rate())
	return b
}

func (b *backfill) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for {
		if wait := b.idle(); wait > 0 {
			if err := b.wait(ctx, wait); err != nil || ctx.Err() != nil {
				return err
			}
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case err := <-b.fatal:
			return err
		case b.slots <- struct{}{}:
		}
		// Pay first and choose then: the stream may tell a market meanwhile.
		paid, err := b.r.Feed.Budget.Reserve(ctx, 1)
		if err != nil {
			return nil // only ctx's end stops the wait
		}
		m, ok := b.queue.take(time.Now(), b.r.Trading)
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

// idle is how long there is nothing to ask for, unless something happens; zero
// when there is.
func (b *backfill) idle() time.Duration {
	now := time.Now()
	switch {
	case b.r.Link() == nil:
		return look
	case b.queue.ready(now, b.r.Trading):
		return 0
	}
	return max(b.queue.idle(now, look), time.Millisecond)
}

// wait waits so long, or until something may be wanted that was not before.
func (b *backfill) wait(ctx context.Context, d time.Duration) error {
	b.publish(0, 0)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case err := <-b.fatal:
		return err
	case <-b.r.Wake():
		b.queue.renew()
	case <-timer.C:
	}
	return nil
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
	u, err := b.src.Fetch(paid, l)
	if err == nil && u.Market != m {
		err = fmt.Errorf("asked for %s, answered %s", m, u.Market)
	}
	switch {
	case err == nil:
		link.Answer([]ticker.Update{u}, asked, false)
		b.queue.answered(m, time.Now())
		b.publish(1, 0)
	case errors.Is(err, exchange.ErrUnknownMarket):
		b.r.Keeper.Refuse(m, "unknown to the REST API")
		b.queue.answered(m, time.Now())
		b.publish(0, 1)
	default:
		var limit *exchange.RateLimitError
		if errors.As(err, &limit) {
			b.r.Feed.Budget.Pause(max(limit.RetryAfter, soonest))
		}
		b.queue.failed(m, time.Now(), b.r.Retry(nil, soonest))
		b.publish(0, 1)
		if err := b.r.Failed(ctx, "fetch "+string(m), err); err != nil && ctx.Err() == nil {
			select {
			case b.fatal <- err:
			default:
			}
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
