package fullsync_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/internal/engine"
	"github.com/tickersync/tickersync/ticker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is an exchange of three markets whose snapshots are what a test says. Its
// streams end when told to.
type fake struct {
	feed  exchange.Feed
	began time.Time
	lose  chan error
	tell  chan []ticker.Update

	mu     sync.Mutex
	answer func() ([]ticker.Update, error)
	asked  []time.Duration // when snapshots were, since began
}

func newFake() *fake {
	f := &fake{began: time.Now(), lose: make(chan error), tell: make(chan []ticker.Update)}
	f.feed.Trade = ticker.Told{Kind: ticker.EveryChange, REST: true}
	f.answers(func() ([]ticker.Update, error) { return snapshot("A-X", "B-X", "C-X"), nil })
	return f
}

func (f *fake) answers(with func() ([]ticker.Update, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = with
}

// requests are the moments of the snapshots so far.
func (f *fake) requests() []time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asked)
}

func snapshot(ms ...ticker.Market) (us []ticker.Update) {
	for i, m := range ms {
		u := ticker.Update{Ticker: ticker.Ticker{Market: m}, Groups: ticker.TradeGroup}
		u.Trade.Price = decimal.MustNew(int64(i+1), 0)
		us = append(us, u)
	}
	return us
}

func (f *fake) Name() string        { return "fake" }
func (f *fake) Feed() exchange.Feed { return f.feed }

func (f *fake) Markets(context.Context) (ls []exchange.Listing, err error) {
	for _, u := range snapshot("A-X", "B-X", "C-X") {
		ls = append(ls, exchange.Listing{Market: u.Market, Trading: true})
	}
	return ls, nil
}

func (f *fake) Connect(context.Context, []exchange.Listing) (exchange.Stream, error) {
	return stream{f}, nil
}

func (f *fake) Snapshot(context.Context) ([]ticker.Update, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, time.Since(f.began))
	return f.answer()
}

type stream struct{ *fake }

func (s stream) Read(ctx context.Context, dst []ticker.Update) ([]ticker.Update, error) {
	select {
	case err := <-s.lose:
		return dst, err
	case us := <-s.tell:
		return append(dst, us...), nil
	case <-ctx.Done():
		return dst, ctx.Err()
	}
}

func (s stream) Close() error { return nil }

var errLost = errors.New("lost")

// keep runs the engine until the returned function is called.
func keep(t *testing.T, book *ticker.Book, src fullsync.Source) (end func()) {
	ctx, cancel := context.WithCancel(engine.WithSeed(context.Background(), 1))
	done := make(chan error, 1)
	go func() { done <- fullsync.Run(ctx, book, src, &fullsync.Options{Audit: -1}) }()
	return func() {
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
	}
}
