package exchange

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Budget paces the requests to one exchange: in any window w no more than
// Burst + Rate x w tokens are spent, counted at the moment a request may be
// sent. Who waits is served in order. Sources that are given the same Budget
// share it. Make one with NewBudget; a nil *Budget never waits. Its methods may
// be called from several goroutines at once.
type Budget struct {
	limiter *rate.Limiter
	turn    chan struct{} // held by the one whose turn is next
	mu      sync.Mutex
	until   time.Time // paused until then
}

// NewBudget returns a full budget of burst tokens, at least one, that gains l
// tokens a second.
func NewBudget(l rate.Limit, burst int) *Budget {
	return &Budget{limiter: rate.NewLimiter(l, max(burst, 1)), turn: make(chan struct{}, 1)}
}

// Reserve waits for n tokens and returns a context that carries them: requests
// made with it spend those first and do not wait for them again. So an engine
// pays first, and chooses what to ask when it may ask. The request should follow
// at once, since that is when it is counted. Tokens that it does not need are
// lost. A pause that begins in between makes carried tokens worthless: the
// request waits for the pause and its turn like any other.
//
// It fails, and spends nothing, when the context ends, or when n is more than
// the budget ever holds.
func (b *Budget) Reserve(ctx context.Context, n int) (context.Context, error) {
	if b == nil {
		return ctx, nil
	}
	if err := b.take(ctx, n); err != nil {
		return nil, err
	}
	c := &carried{}
	c.left.Store(int64(n))
	return context.WithValue(ctx, carrier{b}, c), nil
}

// Spent returns how many tokens the requests made with a context of Reserve have
// cost so far; zero where the context is none.
func (b *Budget) Spent(paid context.Context) int {
	if c, ok := paid.Value(carrier{b}).(*carried); ok {
		return int(c.spent.Load())
	}
	return 0
}

// Pause stops everything for d: what waits and what comes. A later pause only
// extends it.
func (b *Budget) Pause(d time.Duration) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if until := time.Now().Add(d); until.After(b.until) {
		b.until = until
	}
}

// Rate returns the tokens gained a second, rate.Inf for a nil Budget.
func (b *Budget) Rate() rate.Limit {
	if b == nil {
		return rate.Inf
	}
	return b.limiter.Limit()
}

// Burst returns the most tokens the budget holds.
func (b *Budget) Burst() int {
	if b == nil {
		return math.MaxInt
	}
	return b.limiter.Burst()
}

// Left returns how many tokens could be spent now without waiting.
func (b *Budget) Left() int {
	if b == nil {
		return math.MaxInt
	}
	if b.paused() > 0 {
		return 0
	}
	return max(int(b.limiter.Tokens()), 0)
}

// wait returns when a request that costs n tokens may be sent.
func (b *Budget) wait(ctx context.Context, n int) error {
	if b == nil {
		return nil
	}
	n = max(n, 0)
	if c, ok := ctx.Value(carrier{b}).(*carried); ok {
		c.spent.Add(int64(n))
		if b.paused() <= 0 {
			n -= c.spend(n)
			if n <= 0 {
				return nil
			}
		}
	}
	return b.take(ctx, n)
}

// take waits for n tokens and spends them. Only who holds the turn looks at the
// limiter, and takes when it goes, so there is nothing to give back when a
// context ends, and a pause finds no tokens promised.
func (b *Budget) take(ctx context.Context, n int) error {
	if n > b.Burst() && b.Rate() != rate.Inf {
		return Permanent(fmt.Errorf("exchange: %d tokens asked of a budget that holds %d", n, b.Burst()))
	}
	if err := context.Cause(ctx); err != nil {
		return waiting(err)
	}
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return waiting(context.Cause(ctx))
	}
	for {
		d := b.paused()
		if d <= 0 {
			now := time.Now()
			if b.limiter.AllowN(now, n) {
				return nil
			}
			d = b.gain(float64(n) - b.limiter.TokensAt(now))
		}
		t := time.NewTimer(d)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return waiting(context.Cause(ctx))
		}
	}
}

// gain returns how long it takes to gain the tokens, at least a nanosecond and
// at most an hour, after which it is worth another look.
func (b *Budget) gain(tokens float64) time.Duration {
	s := tokens / float64(b.limiter.Limit())
	if !(s < 3600) {
		return time.Hour
	}
	return max(time.Duration(math.Ceil(s*1e9)), 1)
}

func (b *Budget) paused() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Until(b.until)
}

func waiting(err error) error { return fmt.Errorf("exchange: waiting for the budget: %w", err) }

// carrier is the context key of the tokens that b gave out.
type carrier struct{ b *Budget }

type carried struct{ left, spent atomic.Int64 }

// spend takes up to n of the carried tokens and returns how many.
func (c *carried) spend(n int) int {
	for {
		left := c.left.Load()
		k := min(left, int64(n))
		if c.left.CompareAndSwap(left, left-k) {
			return int(k)
		}
	}
}
