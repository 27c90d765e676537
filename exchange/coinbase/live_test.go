package coinbase_test

import (
	"context"
	"testing"

	"github.com/tickersync/tickersync/exchange/coinbase"
	"github.com/tickersync/tickersync/internal/livetest"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// TestLive follows the real exchange: go test ./exchange/coinbase -live -v -run Live
func TestLive(t *testing.T) {
	livetest.Test(t, func(ctx context.Context, book *ticker.Book) error {
		return singlesync.Run(ctx, book, coinbase.New(nil), nil)
	})
}
