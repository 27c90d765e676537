package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
)

// Options.Idle goes before what the adapter declares.
func TestIdleOption(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name+"/shorter", func(t *testing.T) {
			q := newQuiet("A-X")
			w := startWith(t, s, q, settings{Idle: 2 * time.Second})
			defer w.end()
			w.until("live", live)
			q.tells(price("A-X", "1"))
			q.turns("A-X", "2")
			time.Sleep(7500 * time.Millisecond)
			assert.ErrorContains(w, w.book.Status().LastError, "mute")
		})
		bubble(t, s.name+"/shorter, heartbeats", func(t *testing.T) {
			q := newQuiet("A-X")
			q.feed.Quiet = false
			w := startWith(t, s, q, settings{Idle: 2500 * time.Millisecond})
			defer w.end()
			w.until("live", live)
			q.tells()
			time.Sleep(2600 * time.Millisecond)
			assert.ErrorContains(w, w.book.Status().LastError, "silent for 2.5s")
		})
		for _, isQuiet := range []bool{true, false} {
			bubble(t, s.name+"/never", func(t *testing.T) {
				q := newQuiet("A-X")
				q.feed.Quiet = isQuiet
				w := startWith(t, s, q, settings{Idle: -1})
				defer w.end()
				w.until("live", live)
				q.turns("A-X", "2")
				q.requests()
				time.Sleep(time.Hour)
				assert.Zero(w, w.book.Status().Reconnects)
				assert.Empty(w, q.requests())
			})
		}
	}
}

// An attempt to connect may take as long as the options say, beside the pace.
func TestConnectTimeout(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			var took []time.Duration
			src := &fake{feed: everyTrade()}
			src.feed.Connects = exchange.NewBudget(0.01, 1) // the second waits 100 seconds for its turn
			src.connect = func(ctx context.Context, _ []exchange.Listing) (exchange.Stream, error) {
				at := time.Now()
				<-ctx.Done()
				took = append(took, time.Since(at))
				return nil, context.Cause(ctx)
			}
			w := startWith(t, s, src, settings{ConnectTimeout: 7 * time.Second})
			time.Sleep(290 * time.Second)
			w.end()
			require.Len(t, took, 3)
			for _, d := range took {
				assert.Equal(t, 7*time.Second, d)
			}
		})
	}
}
