package binance_test

import (
	"context"
	"testing"

	"github.com/tickersync/tickersync/exchange/binance"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/internal/livetest"
	"github.com/tickersync/tickersync/ticker"
)

// TestLive follows the real exchange: go test ./exchange/binance -live -v -run Live
func TestLive(t *testing.T) {
	livetest.Test(t, func(ctx context.Context, book *ticker.Book) error {
		return fullsync.Run(ctx, book, binance.New(nil), nil)
	})
}
