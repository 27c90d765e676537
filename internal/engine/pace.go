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
	open    int           // connections that are
	outage  chan struct{} // closed when it is over; nil while there is none
	backoff backoff.Backoff
}

func newPace(r *Run) *pace {
	p := &pace{budget: r.Feed.Connects, turn: make(chan struct{}, 1), backoff: backoff.Backoff{Rand: r.newRand()}}
	if p.budget == nil {
		p.budget = exchange.NewBudget(connectRate, connectBurst)
	}
	return p
}

// attempt makes one attempt to connect when its turn has come. connect is given a
// context that carries the token for it.
func (p *pace) attempt(ctx context.Context, connect func(context.Context) error) error {
	release, err := p.await(ctx)
	if err != nil {
		return err
	}
	defer release()
	paid, err := p.budget.Reserve(ctx, 1)
	if err != nil {
		return err
	}
	err = connect(paid)
	var limit *exchange.RateLimitError
	if errors.As(err, &limit) {
		p.budget.Pause(max(limit.RetryAfter, limited))
	}
	p.tried(err)
	return err
}

// await waits, in an outage, for the turn and the back-off.
func (p *pace) await(ctx context.Context) (release func(), err error) {
	for {
		p.mu.Lock()
		over := p.outage
		p.mu.Unlock()
		if over == nil {
			return func() {}, ctx.Err()
		}
		select {
		case <-over:
			continue
		case <-ctx.Done():
			return nil, ctx.Err()
		case p.turn <- struct{}{}:
		}
		release = func() { <-p.turn }
		p.mu.Lock()
		wait := time.NewTimer(p.backoff.Next())
		p.mu.Unlock()
		select {
		case <-wait.C:
			return release, nil
		case <-over:
			wait.Stop()
			release()
		case <-ctx.Done():
			wait.Stop()
			release()
			return nil, ctx.Err()
		}
	}
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
		if p.outage != nil {
			close(p.outage)
			p.outage = nil
		}
	case p.open == 0 && p.outage == nil:
		p.outage = make(chan struct{})
	}
}

// out reports whether there is an outage.
func (p *pace) out() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.outage != nil
}

// lost notes that a connection has ended.
func (p *pace) lost() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open--; p.open == 0 {
		p.backoff.Down()
	}
}
