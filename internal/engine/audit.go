package engine

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

const (
	auditShare = 0.05             // of the budget, where Options do not say
	auditAll   = 30 * time.Second // and all markets at once at most so often
	auditAfter = time.Minute      // and not before: what has just been filled is right
)

// audit compares the Book with REST answers that it does not need, for a share of
// the budget and when nothing else is to be asked for, and restarts links that
// keep updates from us.
type audit struct {
	r     *Run
	share float64 // of the budget
	least time.Duration
	after time.Duration // the beginning
	cost  int           // of the last probe, in tokens
	turn  int
	rng   *rand.Rand

	mu       sync.Mutex
	suspects []suspect
	records  map[*shard]*record
}

// audits starts the audit, unless the caller wishes none, or no answer could show
// anything.
func (r *Run) audits(ctx context.Context) {
	f := &r.Feed.Feed
	followed := func(t ticker.Told) bool {
		return t.REST && (t.Kind == ticker.EveryChange || t.Kind == ticker.Throttled)
	}
	if r.o.Audit < 0 || r.o.Ask == nil || f.Relay || !followed(f.Trade) && !followed(f.Quote) {
		return
	}
	a := &audit{r: r, share: min(r.o.Audit, 1), rng: r.newRand(), cost: 1, records: make(map[*shard]*record)}
	if a.share == 0 {
		a.share, a.after = auditShare, auditAfter
		if r.o.All {
			a.least = auditAll
		}
	}
	a.publish()
	r.goes(func() error { return a.probes(ctx) })
	r.goes(func() error { return a.looks(ctx) })
}

// every is how long a probe of that cost takes to be earned. Who has no budget is
// taken to have one token a second.
func (a *audit) every() time.Duration {
	l := a.r.Feed.Budget.Rate()
	if l == rate.Inf {
		l = 1
	}
	return max(time.Duration(float64(a.cost)/(a.share*float64(l))*float64(time.Second)), a.least)
}

// publish says in the Book how often what is compared. One probe in five is drawn,
// so that a market has its turn by that much later.
func (a *audit) publish() {
	every := a.every()
	if !a.r.o.All {
		every += every / 4
	}
	a.r.Keeper.Audit(every, a.r.o.All)
}

// probes asks until ctx ends.
func (a *audit) probes(ctx context.Context) error {
	wait := max(a.every(), a.after)
	for Sleep(ctx, wait) == nil {
		began := time.Now()
		asked, err := a.probe(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			if fatal := a.r.Failed(ctx, "audit", err); fatal != nil {
				return fatal
			}
			wait = a.every() + a.r.Retry(err, a.every())
		case asked:
			wait = max(a.every()-time.Since(began), 0)
		default:
			wait = a.r.jitter(time.Second) // something else goes first
		}
	}
	return nil
}

// probe asks for one market, or all at once, unless the Book wants answers or the
// budget is spent.
func (a *audit) probe(ctx context.Context) (asked bool, err error) {
	r := a.r
	budget := r.Feed.Budget
	if len(r.Keeper.Wanted(nil)) > 0 || budget.Left() == 0 {
		return false, nil
	}
	m, ok := a.pick()
	l, listed := r.Listing(m)
	link := r.Link()
	if !ok || !listed || link == nil {
		return false, nil
	}
	paid, err := budget.Reserve(ctx, 1)
	if err != nil {
		return false, err
	}
	at := time.Now()
	us, _, err := r.o.Ask(paid, l) // what it lacks is no vote: see list
	var frame *exchange.FrameError
	if err == nil || errors.As(err, &frame) {
		link.Answer(us, at, false)
	}
	if cost := max(budget.Spent(paid), 1); cost != a.cost {
		a.cost = cost
		a.publish()
	}
	return true, err
}

// pick chooses a market to compare: mostly the one that nothing has proved for the
// longest, so that each has its turn and the quiet ones more often; one in five by
// lot; and every other one of those that were wrong not long ago, if there are any.
func (a *audit) pick() (m ticker.Market, ok bool) {
	proofs := a.r.Keeper.Unproved(nil)
	if len(proofs) == 0 {
		return "", false
	}
	oldest := proofs[0]
	for _, p := range proofs {
		if p.At.Before(oldest.At) {
			oldest = p
		}
	}
	a.turn++
	if a.turn%5 == 0 {
		return proofs[a.rng.IntN(len(proofs))].Market, true
	}
	if a.turn%2 == 0 {
		if m, ok := a.suspected(proofs); ok {
			return m, true
		}
	}
	return oldest.Market, true
}
