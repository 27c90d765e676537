package exchangetest

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/ticker"
)

func relaying(seeds int, run func(context.Context, *ticker.Book, *Near) error) Config {
	if testing.Short() {
		seeds = min(seeds, 3)
	}
	return Config{
		Seeds: seeds, Relay: &Relay{Run: run},
		New: func(*rand.Rand) Exchange {
			return Exchange{
				Dialect: keyed.Dialect{},
				Source:  func(o exchange.Options) exchange.Source { return keyed.New(keyed.Variant{}, &o) },
			}
		},
	}
}

// A relay that changes nothing keeps every promise, with a second collector beside it.
func TestSimulateARelay(t *testing.T) {
	Simulate(t, relaying(10, func(ctx context.Context, far *ticker.Book, near *Near) error {
		var other ticker.Book
		ended := make(chan error, 1)
		go func() { ended <- near.Run(ctx, &other) }()
		err := near.Run(ctx, far)
		assert.ErrorIs(t, <-ended, context.Canceled)
		return err
	}))
}

// One that stops when all is calm is noticed, although the Books beside the exchange are true.
func TestSimulateNoticesARelayThatStops(t *testing.T) {
	reports := simulate(t, relaying(3, func(ctx context.Context, far *ticker.Book, near *Near) error {
		var book ticker.Book
		ended := make(chan error, 1)
		go func() { ended <- near.Run(ctx, &book) }()
		stops, cancel := context.WithCancel(ctx)
		go func() {
			<-near.Calm
			time.Sleep(time.Second)
			cancel()
		}()
		_ = near.Run(stops, far)
		return <-ended
	}))
	require.Len(t, reports, 2)
	for _, r := range reports {
		assert.Len(t, r.broken[truth], 3)
		assert.Empty(t, r.broken[fresh], "what stands still tells its age")
	}
}
