package longrun

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/ticker"
)

const (
	shard = 500                   // markets a connection
	slice = 10 * time.Millisecond // of messages are told at once
)

// Thousands of messages a second over thousands of markets on real sockets, with
// readers, and a fault each twenty seconds: the heap at the end is that after the
// first minute, the goroutines are as many, and when the exchange rests the Book
// equals it.
func TestLoad(t *testing.T) {
	if testing.Short() {
		*under, *rate, *markets = min(*under, 5*time.Second), min(*rate, 500), min(*markets, 1000)
	}
	ms := make([]ticker.Market, *markets)
	for i := range ms {
		ms[i] = ticker.Market(fmt.Sprintf("M%d-EUR", i))
	}
	sim, err := simexchange.Start(simexchange.Config{Seed: *seed, Markets: ms, Lag: simexchange.UpTo(20 * time.Millisecond)}, keyed.Dialect{})
	require.NoError(t, err)
	defer sim.Close()
	o := sim.Options()
	o.Budget, o.Connects = exchange.NewBudget(2, 2), exchange.NewBudget(10, 10)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var book ticker.Book
	done := make(chan error, 1)
	go func() {
		done <- fullsync.Run(ctx, &book, keyed.New(keyed.Variant{PerConnection: shard}, &o), &fullsync.Options{Audit: 0.5})
	}()
	require.NoError(t, book.WaitSynced(ctx))
	seen := make(chan int, 1)
	go func() {
		n := 0
		for range book.Watch(ctx) {
			n++
		}
		seen <- n
	}()

	l := &load{T: t, sim: sim, book: &book, ms: ms, rng: rand.New(rand.NewPCG(*seed, 1)), every: min(20*time.Second, *under/10)}
	first := min(time.Minute, *under/2)
	told := l.run(first)
	one := l.usage()
	told += l.run(*under - first)
	two := l.usage()
	l.right()
	st := book.Status()
	fmt.Printf("%v at %d messages a second over %d markets: %d told (%.0f a second), %d reconnects, %d probes, %d mismatches; heap %.2f MiB after %v, %.2f MiB at the end; goroutines %d and %d\n",
		*under, *rate, *markets, told, float64(told)/under.Seconds(), st.Reconnects, st.Audit.Probes, st.Audit.Mismatches,
		float64(one.heap)/(1<<20), first, float64(two.heap)/(1<<20), one.goroutines, two.goroutines)
	most := 1.05
	if *under < 3*time.Minute {
		most = 3 // it has not settled yet: the simulation alone remembers its last ten seconds
	}
	assert.LessOrEqual(t, float64(two.heap), most*float64(one.heap))
	assert.InDelta(t, one.goroutines, two.goroutines, 16, "REST connections are kept for a while")
	if float64(told) > 0.98*under.Seconds()*float64(*rate) {
		// A machine that cannot keep up has frames wait for longer than an audit does.
		assert.Zero(t, st.Audit.Mismatches)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	assert.Positive(t, <-seen)
}

type load struct {
	*testing.T
	sim  *simexchange.Server
	book *ticker.Book
	ms   []ticker.Market
	rng  *rand.Rand
	n    int // faults so far
	// every is how often there is one.
	every  time.Duration
	ending sync.WaitGroup // faults that are not over yet
}

// run has the exchange tell what it has to, and go wrong, for a while. It returns
// how many messages there were.
func (l *load) run(d time.Duration) (told int) {
	began := time.Now()
	fault := began.Add(l.every / 2)
	tick := time.NewTicker(slice)
	defer tick.Stop()
	for time.Since(began) < d {
		for due := int(time.Since(began).Seconds() * float64(*rate)); told < due; told++ {
			l.sim.Tick(l.ms[l.rng.IntN(len(l.ms))])
		}
		if now := time.Now(); now.After(fault) {
			fault = now.Add(l.every)
			l.fault()
			l.sim.Forget(now.Add(-10 * time.Second))
		}
		<-tick.C
	}
	return told
}

// fault has something go wrong that passes by itself.
func (l *load) fault() {
	one := l.ms[l.rng.IntN(len(l.ms))]
	switch l.n++; l.n % 6 {
	case 0:
		l.sim.Drop()
	case 1:
		l.sim.Drop(one)
	case 2:
		l.sim.Fail(3, simexchange.Limited("1"))
	case 3:
		l.sim.Junk(simexchange.Junks()[l.n/6%len(simexchange.Junks())])
	case 4:
		l.sim.Mute(true, one)
		l.ending.Go(func() { // by a cut, or nothing on the wire would reveal what was not told
			time.Sleep(3 * time.Second)
			l.sim.Drop(one)
			l.sim.Unmute()
		})
	case 5:
		l.sim.Hangup(1012, "restarting", one)
	}
}

type usage struct {
	heap       uint64
	goroutines int
}

// usage is what is held when nothing is under way: the Book is live, and what was
// told has been read.
func (l *load) usage() usage {
	l.ending.Wait()
	l.live()
	l.sim.Forget(time.Now())
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return usage{m.HeapAlloc, runtime.NumGoroutine()}
}

func (l *load) live() {
	require.Eventually(l, func() bool { return l.book.Status().State == ticker.Live }, time.Minute, 100*time.Millisecond)
	time.Sleep(2 * time.Second)
}

// right: the Book equals the exchange, which rests.
func (l *load) right() {
	wrong := 0
	for t := range l.book.All() {
		truth, _ := l.sim.Truth(t.Market)
		if !truth.Trade.Price.Equal(t.Trade.Price) || !truth.Quote.Bid.Equal(t.Quote.Bid) {
			wrong++
		}
	}
	assert.Zero(l, wrong, "of %d markets", len(l.ms))
}
