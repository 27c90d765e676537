package livetest_test

import (
	"context"
	"testing"

	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/internal/livetest"
	"github.com/tickersync/tickersync/ticker"
)

// An adapter's live_test.go.
func Example() {
	TestLive := func(t *testing.T) {
		livetest.Test(t, func(ctx context.Context, book *ticker.Book) error {
			return fullsync.Run(ctx, book, coinblockpro.New(nil), nil)
		})
	}
	_ = TestLive
	// Output:
}
