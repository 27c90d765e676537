package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/backoff"
	"github.com/tickersync/tickersync/ticker"
)

// shard is one connection and the markets that it carries, kept open until the
// run ends: it has its own link, clock and back-off.
type shard struct {
	r        *Run
	listings []exchange.Listing // under r.mu, as are stream and link
	stream   exchange.Stream    // nil while there is no connection
	link     *ticker.Link
	renew    chan struct{} // markets were added that the open connection cannot take
	began    time.Time     // when the connection did
	heard    atomic.Int64  // when data or a heartbeat last came, in ns since then
}

// open starts a shard for the markets.
func (r *Run) open(ctx context.Context, ls []exchange.Listing) {
	s := &shard{r: r, listings: ls, renew: make(chan struct{}, 1)}
	r.mu.Lock()
	r.shards = append(r.shards, s)
	n := len(r.shards)
	r.mu.Unlock()
	r.Keeper.Expect(n)
	r.goes(func() error { return s.run(ctx) })
}

func (s *shard) size() int {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	return len(s.listings)
}

// gone returns the markets of the shard that the Book has removed.
func (s *shard) gone(k *ticker.Keeper) (ls []exchange.Listing) {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	for _, l := range s.listings {
		if !k.Has(l.Market) {
			ls = append(ls, l)
		}
	}
	return ls
}

// change adds and drops markets, on the open connection where its protocol
// allows. Otherwise a new one is opened for what was added; what was dropped just
// goes unread.
func (s *shard) change(ctx context.Context, add, drop []exchange.Listing) {
	r := s.r
	r.mu.Lock()
	s.listings = slices.Concat(slices.DeleteFunc(slices.Clone(s.listings), func(l exchange.Listing) bool {
		return slices.ContainsFunc(drop, func(d exchange.Listing) bool { return d.Market == l.Market })
	}), add)
	r.mu.Unlock()
	s.subscribe(ctx, add, drop)
}

// subscribe has the open connection take markets and let go of others. Where
// there is none, the next takes what the shard then has.
func (s *shard) subscribe(ctx context.Context, add, drop []exchange.Listing) {
	r := s.r
	r.mu.Lock()
	stream, link := s.stream, s.link
	r.mu.Unlock()
	if stream == nil || len(add)+len(drop) == 0 {
		return
	}
	sub, ok := stream.(exchange.Subscriber)
	if !ok {
		if len(add) > 0 {
			signal(s.renew)
		}
		return
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if err := r.refused(sub.Subscribe(ctx, add, drop)); err != nil {
		r.Keeper.Failed(fmt.Errorf("subscribe: %w", err))
		signal(s.renew)
		return
	}
	link.Carry(markets(add))
}

// refused names the refused markets in the Book, and returns any other error.
func (r *Run) refused(err error) error {
	var refused *exchange.RefusedError
	if !errors.As(err, &refused) {
		return err
	}
	for m, reason := range refused.Markets {
		r.Keeper.Refuse(m, reason)
	}
	r.Log.Warn("markets refused", "err", err)
	return nil
}

// run keeps the connection open until ctx ends.
func (s *shard) run(ctx context.Context) error {
	r := s.r
	bo := &backoff.Backoff{Rand: r.newRand()}
	for {
		err := s.once(ctx, bo)
		if ctx.Err() != nil {
			return nil
		}
		if fatal := r.Failed(ctx, "connection", err); fatal != nil {
			return fatal
		}
		wait := bo.Next()
		var limit *exchange.RateLimitError
		if errors.As(err, &limit) {
			wait += limit.RetryAfter
		}
		if err := Sleep(ctx, wait); err != nil {
			return nil
		}
	}
}

// once opens one connection and reads it to its end, whose cause it returns.
func (s *shard) once(ctx context.Context, bo *backoff.Backoff) error {
	r := s.r
	r.mu.Lock()
	ls := s.listings
	r.mu.Unlock()
	select {
	case <-s.renew:
	default:
	}
	dial, stop := context.WithTimeout(ctx, connectTimeout)
	stream, err := r.src.Connect(dial, ls)
	stop()
	if stream == nil {
		if err == nil {
			err = errors.New("the adapter returned no stream")
		}
		return err
	}
	defer stream.Close()
	if err := r.refused(err); err != nil {
		return err
	}
	bo.Up()
	defer bo.Down()
	link := r.Book.Link(markets(ls), r.Feed.Feed)
	r.Log.Info("connected", "markets", len(ls))
	s.set(stream, link)
	s.subscribe(ctx, s.since(ls), nil)
	signal(r.wake)
	err = s.guarded(ctx, stream, link)
	s.set(nil, nil)
	if ctx.Err() != nil {
		link.Close(nil)
		return ctx.Err()
	}
	link.Close(err)
	r.Log.Warn("connection lost", "err", err)
	return err
}

// guarded reads the connection until it ends or the guard cuts it, and returns why.
func (s *shard) guarded(ctx context.Context, stream exchange.Stream, link *ticker.Link) error {
	ctx, cut := context.WithCancelCause(ctx)
	defer context.AfterFunc(ctx, func() { stream.Close() })()
	s.began = time.Now()
	s.heard.Store(0)
	done := make(chan struct{})
	go func() { defer close(done); s.guard(ctx, link, cut) }()
	err := s.read(ctx, stream, link)
	cut(err) // the first cause stays
	<-done
	return context.Cause(ctx)
}

// since returns the markets that the shard was given after the connection was
// asked to carry ls.
func (s *shard) since(ls []exchange.Listing) (add []exchange.Listing) {
	asked := make(map[ticker.Market]bool, len(ls))
	for _, l := range ls {
		asked[l.Market] = true
	}
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	for _, l := range s.listings {
		if !asked[l.Market] {
			add = append(add, l)
		}
	}
	return add
}

func (s *shard) set(stream exchange.Stream, link *ticker.Link) {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	s.stream, s.link = stream, link
}

// read applies frame after frame, in place, until the connection ends.
func (s *shard) read(ctx context.Context, stream exchange.Stream, link *ticker.Link) error {
	var us []ticker.Update
	spoke := false
	for {
		var err error
		us, err = stream.Read(ctx, us[:0])
		now := time.Now()
		if len(us) > 0 {
			if err := link.Stream(us, received(us, now)); err != nil {
				return err
			}
			if !spoke {
				spoke = true
				signal(s.r.wake) // where nothing is acknowledged, the link begins now
			}
		}
		if err != nil {
			var frame *exchange.FrameError
			if !errors.As(err, &frame) {
				return err
			}
			s.r.Keeper.Bad(err)
			if errors.Is(err, exchange.ErrUnknownMarket) {
				signal(s.r.hint)
			}
			if len(us) == 0 {
				continue
			}
		}
		if len(us) == 0 {
			link.Heard(now)
		}
		s.heard.Store(int64(now.Sub(s.began)))
	}
}

// received is when a frame was read: now, unless the stream kept it from before
// the acknowledgement and says so.
func received(us []ticker.Update, now time.Time) time.Time {
	u := &us[0]
	for _, t := range [...]time.Time{u.Trade.Received, u.Quote.Received, u.Stats.Received} {
		if !t.IsZero() && t.Before(now) {
			return t
		}
	}
	return now
}

func markets(ls []exchange.Listing) []ticker.Market {
	ms := make([]ticker.Market, len(ls))
	for i, l := range ls {
		ms[i] = l.Market
	}
	return ms
}
