package livetest

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/ticker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func simulated(server *simexchange.Server) Run {
	return func(ctx context.Context, book *ticker.Book) error {
		o := server.Options()
		return fullsync.Run(ctx, book, keyed.New(keyed.Variant{}, &o), nil)
	}
}

func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := keyed.NewServer(keyed.Variant{}, simexchange.Config{
			Memory: true, Rate: 5, Busy: 3, Lag: simexchange.Exactly(40 * time.Millisecond),
		})
		defer server.Close()
		server.Halt("DOGE-EUR")
		start := time.Now()
		r, err := follow(t.Context(), simulated(server))
		require.NoError(t, err)
		assert.Equal(t, 30*time.Second, time.Since(start))
		text := r.String()
		assert.Contains(t, text, "keyed: synced after ")
		assert.Contains(t, text, "; 5 of 6 markets known, 1 refused, 0 unknown; ")
		assert.Regexp(t, `\ntrade: \d markets by the stream, \d by REST, 0 not; \d+ messages 40ms late, 40ms at least, 40ms at most, less`, text)
		assert.Contains(t, text, "\nstats: 0 markets by the stream, 5 by REST, 0 not\n")
		assert.Contains(t, text, "\n1 connections, 0 reconnects; messages: 0 late")
	})
}

// TestNothingThere: without a network it says why.
func TestNothingThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := keyed.NewServer(keyed.Variant{}, simexchange.Config{Memory: true})
		server.Close()
		r, err := follow(t.Context(), simulated(server))
		require.ErrorContains(t, err, "not synced after 30s: market list: keyed: GET /markets")
		assert.Contains(t, r.String(), "keyed: not synced; 0 of 0 markets")
	})
	broken := errors.New("no adapter")
	_, err := follow(t.Context(), func(_ context.Context, book *ticker.Book) error {
		k, err := book.Keep("broken")
		require.NoError(t, err)
		k.End(broken)
		return broken
	})
	require.ErrorIs(t, err, broken)
}
