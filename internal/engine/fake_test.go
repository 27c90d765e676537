package engine_test

import (
	"context"
	"errors"
	gosync "sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/engine"
	"github.com/tickersync/tickersync/ticker"
)

// fake is a Source for what the simulated exchange cannot do: each method is what
// a test makes it. Those that are nil do well.
type fake struct {
	feed     exchange.Feed
	markets  func(context.Context) ([]exchange.Listing, error)
	connect  func(context.Context, []exchange.Listing) (exchange.Stream, error)
	snapshot func(context.Context) ([]ticker.Update, error)
	fetch    func(context.Context, exchange.Listing) (ticker.Update, error)
}

func everyTrade() exchange.Feed {
	return exchange.Feed{Feed: ticker.Feed{Trade: ticker.Told{Kind: ticker.EveryChange, REST: true}}}
}

func listings(ms ...ticker.Market) (ls []exchange.Listing) {
	for _, m := range ms {
		ls = append(ls, exchange.Listing{Market: m, Trading: true})
	}
	return ls
}

func price(m ticker.Market, p string) ticker.Update {
	u := ticker.Update{Ticker: ticker.Ticker{Market: m}, Groups: ticker.TradeGroup}
	u.Trade.Price = decimal.MustParse(p)
	return u
}

func (f *fake) Name() string { return "fake" }

func (f *fake) Feed() exchange.Feed {
	if f.feed == (exchange.Feed{}) {
		return everyTrade()
	}
	return f.feed
}

func (f *fake) Markets(ctx context.Context) ([]exchange.Listing, error) {
	if f.markets == nil {
		return listings("A-X", "B-X"), nil
	}
	return f.markets(ctx)
}

func (f *fake) Connect(ctx context.Context, ms []exchange.Listing) (exchange.Stream, error) {
	if f.connect == nil {
		return newTape(), nil
	}
	return f.connect(ctx, ms)
}

func (f *fake) Snapshot(ctx context.Context) ([]ticker.Update, error) {
	if f.snapshot == nil {
		return []ticker.Update{price("A-X", "1"), price("B-X", "2")}, nil
	}
	return f.snapshot(ctx)
}

func (f *fake) Fetch(ctx context.Context, l exchange.Listing) (ticker.Update, error) {
	if f.fetch == nil {
		return price(l.Market, "3"), nil
	}
	return f.fetch(ctx, l)
}

// tape is a Stream that tells what a test puts on it.
type tape struct {
	frames chan []ticker.Update
	fail   chan error
	hint   chan error
	closed chan struct{}
	once   gosync.Once
}

func newTape() *tape {
	return &tape{frames: make(chan []ticker.Update, 100), fail: make(chan error, 1), hint: make(chan error, 1), closed: make(chan struct{})}
}

func (t *tape) Read(ctx context.Context, dst []ticker.Update) ([]ticker.Update, error) {
	select {
	case us := <-t.frames:
		return append(dst, us...), nil
	case err := <-t.fail:
		return dst, err
	case err := <-t.hint:
		return dst, err
	case <-t.closed:
		return dst, errors.New("closed")
	case <-ctx.Done():
		return dst, ctx.Err()
	}
}

func (t *tape) Close() error {
	t.once.Do(func() { close(t.closed) })
	return nil
}

// subscriber is a tape that takes further markets while it is open.
type subscriber struct {
	*tape
	subscribe func(ctx context.Context, add, drop []exchange.Listing) error
}

func (s *subscriber) Subscribe(ctx context.Context, add, drop []exchange.Listing) error {
	return s.subscribe(ctx, add, drop)
}

func fetchOf(f func(exchange.Listing) (ticker.Update, error)) func(context.Context, exchange.Listing) (ticker.Update, error) {
	return func(_ context.Context, l exchange.Listing) (ticker.Update, error) { return f(l) }
}

// start runs an engine on a fake, within a bubble. End it with end.
func start(t *testing.T, s sync, src source) *world {
	return startWith(t, s, src, settings{Relist: 20 * time.Second})
}

func startWith(t *testing.T, s sync, src source, o settings) *world {
	w := &world{T: t, src: src, began: time.Now(), done: make(chan error, 1)}
	ctx, cancel := context.WithCancel(engine.WithSeed(context.Background(), 1))
	w.stop = cancel
	go func() { w.done <- s.run(ctx, &w.book, src, o) }()
	return w
}

func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// connecting is a fake that connects once; then there is only another tape.
func connecting(first exchange.Stream, err error) *fake {
	return &fake{connect: thenTape(first, err)}
}

// thenTape connects as told, and well from then on.
func thenTape(first exchange.Stream, err error) func(context.Context, []exchange.Listing) (exchange.Stream, error) {
	n := 0
	return func(context.Context, []exchange.Listing) (exchange.Stream, error) {
		if n++; n == 1 {
			return first, err
		}
		return newTape(), nil
	}
}

// later answers once as told, and then with an error or, if that is nil, the list
// of two.
func later(ls []exchange.Listing, err, then error) func(context.Context) ([]exchange.Listing, error) {
	n := 0
	return func(context.Context) ([]exchange.Listing, error) {
		switch n++; {
		case n == 1:
			return ls, err
		case then != nil:
			return nil, then
		}
		return listings("A-X", "B-X"), nil
	}
}
