package main

import (
	"context"
	"sync"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// counting is a Source that counts the markets REST has answered for.
// Status().Backfill.Fetched counts answers: after a lost connection a market may
// be asked for twice, and it is still one.
type counting struct {
	singlesync.Source
	mu       sync.Mutex
	answered map[ticker.Market]bool
}

func (c *counting) Fetch(ctx context.Context, l exchange.Listing) (ticker.Update, error) {
	u, err := c.Source.Fetch(ctx, l)
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.answered == nil {
			c.answered = make(map[ticker.Market]bool)
		}
		c.answered[l.Market] = true
	}
	return u, err
}

func (c *counting) markets() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.answered)
}
