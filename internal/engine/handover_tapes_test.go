package engine_test

import (
	"context"
	"slices"
	gosync "sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/engine"
	"github.com/tickersync/tickersync/ticker"
)

// tapes is a fake whose connections all tell the same, and a heartbeat each second.
type tapes struct {
	*fake
	mu    gosync.Mutex
	all   []*tape
	tries int
	open  int  // at once, at most
	mute  bool // the first is told nothing
	hang  int  // the try that takes for ever
	fail  func(n int) error
}

func newTapes(ctx context.Context) *tapes {
	x := &tapes{fake: &fake{}, fail: func(int) error { return nil }}
	x.connect = func(ctx context.Context, _ []exchange.Listing) (exchange.Stream, error) {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.tries++
		if x.tries == x.hang {
			x.mu.Unlock()
			<-ctx.Done()
			x.mu.Lock()
			return nil, ctx.Err()
		}
		if err := x.fail(x.tries); err != nil {
			return nil, err
		}
		x.all = append(x.all, newTape())
		open := 0
		for _, t := range x.all {
			if !closed(t) {
				open++
			}
		}
		x.open = max(x.open, open)
		return x.all[len(x.all)-1], nil
	}
	go func() {
		for engine.Sleep(ctx, time.Second) == nil {
			x.tell()
		}
	}()
	return x
}

func closed(t *tape) bool {
	select {
	case <-t.closed:
		return true
	default:
		return false
	}
}

func (x *tapes) tell(us ...ticker.Update) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i, t := range x.all {
		if len(t.frames) < cap(t.frames) && (i > 0 || !x.mute) {
			t.frames <- us
		}
	}
}

func (x *tapes) connections() []*tape {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.all)
}

func (x *tapes) most() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.open
}

// second waits until there are two.
func (x *tapes) second() (old, next *tape) {
	for len(x.connections()) < 2 {
		time.Sleep(10 * time.Millisecond)
	}
	return x.connections()[0], x.connections()[1]
}

// aged plays a fake whose connections may be 100 seconds old: each is replaced
// between the 80th and the 95th. It begins when the first is live, at 1 second.
func aged(t *testing.T, s sync, before func(*tapes), f func(*world, *tapes)) {
	bubble(t, s.name, func(t *testing.T) {
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		x := newTapes(ctx)
		if before != nil {
			before(x)
		}
		w := startWith(t, s, x, settings{Relist: 20 * time.Second, MaxConnectionAge: 100 * time.Second})
		defer w.end()
		time.Sleep(1500 * time.Millisecond)
		require.Equal(t, ticker.Live, w.book.Status().State)
		f(w, x)
	})
}

// fresh looks at whether both markets are as fresh as the last heartbeat, or stand
// still for the delay that a hand-over takes.
func (w *world) fresh(delay time.Duration) {
	w.Helper()
	for _, m := range []ticker.Market{"A-X", "B-X"} {
		_, err := w.book.Trade(m, delay+1200*time.Millisecond)
		assert.NoError(w, err, "at %v", time.Since(w.began))
	}
}
