package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/backoff"
)

// The pace of connections where the Feed declares none: ten at once, and then one
// in two seconds.
const (
	connectRate  = 0.5
	connectBurst = 10
)

// limited is the least pause after a connection that was refused as one too many.
const limited = time.Second

// pace is what the connections of a source share, so that they never come back as
// a storm: the budget of attempts, and the back-off of an outage. A link that is
// lost, or that fails by itself, waits its own back-off. But when an attempt fails
// while none is open, it is the exchange that is away: then one at a time tries,
// at a back-off that all share, and the first success lets the others follow as
// the budget allows. So an outage of fifty connections is not probed fifty times
// as often as one of one, and one bad connection does not hold up the others.
type pace struct {
	budget *exchange.Budget
	turn   chan struct{} // held by the one that tries in an outage

	mu      sync.Mutex
	open    int                // connections that are
	calm    context.Context    // ends with the begin of an outage
	storm   context.CancelFunc // begins it
	over    chan struct{}      // closed at its end; nil while there is none
	backoff backoff.Backoff
}

func newPace(r *Run) *pace {
	p := &pace{budget: r.Feed.Connects, turn: make(chan struct{}, 1), backoff: *r.backoff()}
	if p.budget == nil {
		p.budget = exchange.NewBudget(connectRate, connectBurst)
	}
	p.calm, p.storm = context.WithCancel(context.Background())
	return p
}

// slowest is the longest pause before something is tried again. A relay's origin is
// tried each second: no exchange counts how often, and others wait for its prices.
func (r *Run) slowest() time.Duration {
	if r.Feed.Relay {
		return hintedRelay
	}
	return 30 * time.Second
}

// backoff is that of a connection. One of a relay that was up for some seconds is
// tried again soon.
func (r *Run) backoff() *backoff.Backoff {
	b := &backoff.Backoff{Max: r.slowest(), Rand: r.newRand()}
	if r.Feed.Relay {
		b.Healthy = healthyRelay
	}
	return b
}

// attempt makes one attempt to connect when its turn has come. connect is given a
// context that carries the token for it.
func (p *pace) attempt(ctx context.Context, connect func(context.Context) error) error {
	paid, done, err := p.await(ctx)
	if err != nil {
		return err
	}
	defer done()
	err = connect(paid)
	var limit *exchange.RateLimitError
	if errors.As(err, &limit) {
		p.budget.Pause(max(limit.RetryAfter, limited))
	}
	p.tried(err)
	return err
}

// await waits for the budget, and in an outage first for the turn and the back-off.
func (p *pace) await(ctx context.Context) (paid context.Context, done func(), err error) {
	for ctx.Err() == nil {
		p.mu.Lock()
		calm, over := p.calm, p.over
		p.mu.Unlock()
		if over == nil {
			waiting, cancel := context.WithCancel(ctx)
			stop := context.AfterFunc(calm, cancel)
			if paid, err = p.budget.Reserve(waiting, 1); err == nil && stop() {
				return paid, cancel, nil
			}
			stop()
			cancel() // an outage began: the turn is needed
			continue
		}
		select {
		case <-over:
			continue
		case <-ctx.Done():
			continue
		case p.turn <- struct{}{}:
		}
		done = func() { <-p.turn }
		if p.backOff(ctx, over) {
			if paid, err = p.budget.Reserve(ctx, 1); err == nil {
				return paid, done, nil
			}
		}
		done()
	}
	return nil, nil, ctx.Err()
}

// backOff waits as long as the outage wants; false when that or ctx has ended.
func (p *pace) backOff(ctx context.Context, over <-chan struct{}) bool {
	p.mu.Lock()
	t := time.NewTimer(p.backoff.Next())
	p.mu.Unlock()
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-over:
	case <-ctx.Done():
	}
	return false
}

// tried notes how an attempt has ended.
func (p *pace) tried(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err == nil:
		if p.open++; p.open == 1 {
			p.backoff.Up()
		}
		if p.over != nil {
			close(p.over)
			p.over = nil
			p.calm, p.storm = context.WithCancel(context.Background())
		}
	case p.open == 0 && p.over == nil:
		p.over = make(chan struct{})
		p.storm()
	}
}

// out reports whether there is an outage.
func (p *pace) out() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.over != nil
}

// lost notes that a connection has ended.
func (p *pace) lost() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open--; p.open == 0 {
		p.backoff.Down()
	}
}
