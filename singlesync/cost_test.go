package singlesync_test

import (
	"context"
	"fmt"
	"slices"
	gosync "sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/internal/engine"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// cost is what it took until all markets were known, and how many requests there
// were when all were confirmed, too.
type cost struct {
	requests, all int
	time          time.Duration
}

// way is a way to come to know all markets of a simulated exchange. It calls known
// when they are.
type way func(t *testing.T, sim *simexchange.Server, src *coinblockpro.Source, known func())

// ours is this package's.
func ours(t *testing.T, _ *simexchange.Server, src *coinblockpro.Source, known func()) {
	run(t, src, known)
}

// withVolumes is ours where the list tells each market's volume.
func withVolumes(t *testing.T, sim *simexchange.Server, src *coinblockpro.Source, known func()) {
	run(t, voluminous{src, sim}, known)
}

func run(t *testing.T, src singlesync.Source, known func()) {
	var book ticker.Book
	ctx, cancel := context.WithCancel(engine.WithSeed(t.Context(), 1))
	done := make(chan error, 1)
	go func() { done <- singlesync.Run(ctx, &book, src, &singlesync.Options{Audit: -1}) }()
	require.NoError(t, book.WaitSynced(ctx))
	known()
	time.Sleep(5 * time.Second)
	assert.Equal(t, ticker.Live, book.Status().State)
	cancel()
	<-done
}

// voluminous is the notebook's exchange with volumes in its list.
type voluminous struct {
	*coinblockpro.Source
	sim *simexchange.Server
}

func (v voluminous) Markets(ctx context.Context) ([]exchange.Listing, error) {
	ls, err := v.Source.Markets(ctx)
	for i, m := range v.sim.Markets() {
		ls[i].Volume = m.Volume
	}
	return ls, err
}

// notebooks is the notebook's way: while the stream is read, the first market of
// the list that is still unknown is asked for, one request at a time. As ours it
// pays first and chooses then.
func notebooks(t *testing.T, _ *simexchange.Server, src *coinblockpro.Source, done func()) {
	ls, err := src.Markets(t.Context())
	require.NoError(t, err)
	stream, err := src.Connect(t.Context(), ls)
	require.NoError(t, err)
	var mu gosync.Mutex
	known := make(map[ticker.Market]bool)
	tell := func(us ...ticker.Update) {
		mu.Lock()
		defer mu.Unlock()
		for _, u := range us {
			known[u.Market] = true
		}
	}
	missing := func() int {
		mu.Lock()
		defer mu.Unlock()
		return slices.IndexFunc(ls, func(l exchange.Listing) bool { return !known[l.Market] })
	}
	var reading gosync.WaitGroup
	reading.Go(func() {
		for {
			us, err := stream.Read(context.Background(), nil)
			if err != nil {
				return
			}
			tell(us...)
		}
	})
	for missing() >= 0 {
		paid, err := src.Feed().Budget.Reserve(t.Context(), 1)
		require.NoError(t, err)
		if i := missing(); i >= 0 {
			u, err := src.Fetch(paid, ls[i])
			require.NoError(t, err)
			tell(u)
		}
	}
	done()
	_ = stream.Close()
	reading.Wait()
}

// measure plays one history.
func measure(t *testing.T, cfg simexchange.Config, markets []string, pace float64, w way) (c cost) {
	synctest.Test(t, func(t *testing.T) {
		cfg.Memory, cfg.Volumes = true, true
		sim := coinblockprosim.NewServer(cfg)
		defer sim.Close()
		o := coinblockpro.Options{Options: sim.Options(), Markets: markets}
		o.Budget = exchange.NewBudget(rate.Limit(pace), 1)
		began := time.Now()
		w(t, sim, coinblockpro.New(&o), func() {
			c.requests, c.time = sim.Counts().Requests, time.Since(began).Round(time.Millisecond)
		})
		c.all = sim.Counts().Requests
	})
	return c
}

// medians plays as many histories and returns the medians of what they took.
func medians(t *testing.T, seeds int, w way) cost {
	var requests, all []int
	var times []time.Duration
	for seed := range seeds {
		c := measure(t, simexchange.Config{
			Seed: uint64(seed), Rate: 5, Busy: 22, //nolint:gosec // it counts from zero
			Lag: simexchange.UpTo(50 * time.Millisecond), Latency: simexchange.UpTo(100 * time.Millisecond),
		}, nil, 2, w)
		requests, all, times = append(requests, c.requests), append(all, c.all), append(times, c.time)
	}
	slices.Sort(requests)
	slices.Sort(all)
	slices.Sort(times)
	return cost{requests[seeds/2], all[seeds/2], times[seeds/2]}
}

// TestBackfillCost compares the requests and the time until all is known with the
// notebook's way, in the same histories and at the same pace: 45 markets of which
// 22 trade, 5 messages and 2 requests a second.
func TestBackfillCost(t *testing.T) {
	seeds := 200
	if testing.Short() {
		seeds = 20
	}
	than := medians(t, seeds, notebooks)
	t.Logf("medians of %d histories until all 45 markets are known", seeds)
	t.Logf("the notebook's way: %d requests, %v", than.requests, than.time)
	compare := func(name string, c cost) {
		t.Logf("%s %d requests (%.2f), %v (%.2f); %d when all are confirmed, too", name,
			c.requests, float64(c.requests)/float64(than.requests), c.time, c.time.Seconds()/than.time.Seconds(), c.all)
		assert.LessOrEqual(t, c.time, than.time)
	}
	c := medians(t, seeds, ours)
	compare("without volumes:   ", c)
	assert.LessOrEqual(t, c.requests, than.requests)
	c = medians(t, seeds, withVolumes)
	compare("with 24 h volumes: ", c)
	assert.LessOrEqual(t, float64(c.requests), 0.95*float64(than.requests))
}

// TestBackfillKeepsThePace: where a round trip is longer than the pace allows for
// one request at a time, several are in flight.
func TestBackfillKeepsThePace(t *testing.T) {
	const n, pace = 200, 10
	var names []string
	var markets []ticker.Market
	for i := range n {
		names = append(names, fmt.Sprintf("a%d_x", i))
		markets = append(markets, ticker.Market(fmt.Sprintf("A%d-X", i)))
	}
	cfg := simexchange.Config{Markets: markets, Latency: simexchange.Exactly(300 * time.Millisecond)}
	ideal := n * time.Second / pace
	one := measure(t, cfg, names, pace, notebooks)
	c := measure(t, cfg, names, pace, ours)
	t.Logf("%d silent markets, %d requests a second, a round trip of 300ms: ideal %v", n, pace, ideal)
	t.Logf("one request in flight: %v (%.2f)", one.time, one.time.Seconds()/ideal.Seconds())
	t.Logf("as many as the pace allows: %v (%.2f), %d requests", c.time, c.time.Seconds()/ideal.Seconds(), c.all)
	assert.LessOrEqual(t, c.time.Seconds(), 1.10*ideal.Seconds())
}
