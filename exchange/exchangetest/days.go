package exchangetest

import (
	"context"
	"math/rand/v2"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/internal/engine"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

const (
	sparse   = 1.0 / 180       // messages a second: one in three minutes
	dense    = 3.0             // around a fault
	episodes = 6               // a day
	longList = 5 * time.Minute // how often the list is read
)

// SimulateDays runs an adapter for so many days in virtual time, with each engine
// that it can be used with: one history, the seed of which is Config.First. A
// message comes every few minutes, and three a second around what happens: six
// times a day a random misfortune, once a day all connections are cut, a market
// is listed and another delisted, and once a week the exchange is away for twenty
// minutes. The invariants are looked at all the time, after each misfortune the
// Book is compared with the exchange, and at the end memory and goroutines must be
// as after the first day. No other tests should run at that time.
func SimulateDays(t *testing.T, c Config, days int) {
	t.Helper()
	if c.First == 0 {
		c.First = 1
	}
	if c.Beat == 0 {
		c.Beat = 2 * time.Minute
	}
	x := c.New(rand.New(rand.NewPCG(c.First, 3)))
	src := x.Source(exchange.Options{})
	for _, name := range []string{"fullsync", "singlesync"} {
		_, full := src.(fullsync.Source)
		_, single := src.(singlesync.Source)
		if name == "fullsync" && !full || name == "singlesync" && !single {
			continue
		}
		t.Run(name, func(t *testing.T) {
			r := newReport()
			synctest.Test(t, func(t *testing.T) { r.add(c.First, playDays(t, c, name, days)) })
			for _, i := range Invariants() {
				if r.looked[i.Name] > 0 {
					r.show(t, i)
				}
			}
		})
	}
}

// slowly is a dialect that beats and pings rarely, so that weeks are minutes.
type slowly struct {
	simexchange.Dialect
	beat time.Duration
}

func (s slowly) Traits() simexchange.Traits {
	t := s.Dialect.Traits()
	if t.Heartbeat > 0 {
		t.Heartbeat = s.beat
	}
	t.PingEvery = 0
	if t.MaxAge > day {
		t.MaxAge = 0 // the simulated exchange would hold what has long been closed until then
	}
	return t
}

// Admit is the dialect's, if it has one.
func (s slowly) Admit(r *http.Request, v *simexchange.View) int {
	if d, ok := s.Dialect.(simexchange.Doorkeeper); ok {
		return d.Admit(r, v)
	}
	return 0
}

// calendar is a world that lives for days.
type calendar struct {
	*world
	fixed   bool // the exchange has no list that changes
	mu      sync.Mutex
	pause   time.Duration // between looks at the whole Book, at most
	tokens  float64
	request time.Time // the last that was looked at
}

func playDays(t *testing.T, c Config, name string, days int) *findings {
	w := &calendar{pause: time.Second, request: time.Now(), world: &world{
		rng: rand.New(rand.NewPCG(c.First, 2)), f: newFindings(), began: time.Now(),
		tell: func(string, ...any) {},
		seen: make(map[spot]uint64), keyed: make(map[spot]bool), delisted: make(map[ticker.Market]bool), touched: make(map[ticker.Market]bool),
	}}
	x := c.New(rand.New(rand.NewPCG(c.First, 3)))
	x.Dialect = slowly{x.Dialect, c.Beat}
	w.open(t, x, c.First)
	defer w.sim.Close()
	ctx, cancel := context.WithCancel(engine.WithSeed(context.Background(), c.First))
	ended := make(chan error, 1)
	go func() { ended <- w.keep(ctx, name) }()
	var wg sync.WaitGroup
	watching, stop := context.WithCancel(ctx)
	wg.Go(func() { w.watch(watching) })
	wg.Go(func() { w.looks(watching, rand.New(rand.NewPCG(c.First, 4))) })
	w.awaitSynced(watching)
	var first, last usage
	for n := range days {
		w.day(n)
		w.forget()
		last = w.usage()
		if n == 0 {
			first = last
		}
	}
	st := w.book.Status()
	t.Logf("%d days: heap %d KiB after the first, %d KiB at the end; goroutines %d and %d; %d requests, %d reconnects, %d frames dropped as late, %d markets compared, %d mismatches",
		days, first.heap>>10, last.heap>>10, first.goroutines, last.goroutines, w.sim.Counts().Requests, st.Reconnects, st.Late, st.Audit.Probes, st.Audit.Mismatches)
	// A Book remembers its last 64 connections, and why each was lost.
	w.f.look(leak, last.heap <= first.heap+first.heap/20+128<<10, "the heap grew from %d to %d bytes", first.heap, last.heap)
	// One REST connection may be kept at that moment, or not: three goroutines.
	w.f.look(leak, last.goroutines <= first.goroutines+3, "there were %d goroutines and are %d", first.goroutines, last.goroutines)
	stop()
	wg.Wait()
	w.checkAudit()
	w.end(cancel, ended)
	return w.f
}

// open draws an exchange that has little to say and starts it.
func (w *calendar) open(t *testing.T, x Exchange, seed uint64) {
	r := w.rng
	w.traits = x.Dialect.Traits()
	markets := w.traits.Markets
	if n := 8; len(markets) > n {
		markets = markets[:n]
	}
	lag := time.Duration(10+r.IntN(300)) * time.Millisecond
	w.cfg = simexchange.Config{
		Seed: seed, Markets: markets, Memory: true, Rate: sparse, Batch: 2, Skew: 0.5, Distinct: true,
		Lag: simexchange.UpTo(lag), Latency: simexchange.UpTo(500 * time.Millisecond),
	}
	sim, err := simexchange.Start(w.cfg, x.Dialect)
	if err != nil {
		t.Fatal(err)
	}
	w.sim, w.owed = sim, lag
	w.fixed, w.traits.Fixed = w.traits.Fixed, true // change lists, and no misfortune
	o := sim.Options()
	o.PingEvery = 5 * time.Minute
	w.limit, w.burst = 0.2, 3
	if w.traits.Weight != nil {
		heaviest := x.Source(o).Feed().Budget.Burst()
		w.limit, w.burst = w.limit*rate.Limit(heaviest), w.burst*heaviest
	}
	w.tokens = float64(w.burst)
	o.Budget = exchange.NewBudget(w.limit, w.burst)
	w.src = x.Source(o)
	w.feed = w.src.Feed()
}

func (w *calendar) keep(ctx context.Context, name string) error {
	idle := 3 * w.traits.Heartbeat // zero: the adapter's
	if name == "fullsync" {
		return fullsync.Run(ctx, &w.book, w.src.(fullsync.Source), &fullsync.Options{Relist: longList, Idle: idle})
	}
	return singlesync.Run(ctx, &w.book, w.src.(singlesync.Source), &singlesync.Options{Relist: longList, Idle: idle})
}

// looks looks at the whole Book at random moments.
func (w *calendar) looks(ctx context.Context, rng *rand.Rand) {
	for ctx.Err() == nil {
		w.mu.Lock()
		pause := w.pause
		w.mu.Unlock()
		time.Sleep(1 + time.Duration(rng.Int64N(int64(pause))))
		for t := range w.book.All() {
			w.see(&t)
		}
	}
}

// usage is what the process holds.
type usage struct {
	heap       uint64
	goroutines int
}

func (w *calendar) usage() usage {
	synctest.Wait()
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usage{m.HeapAlloc, runtime.NumGoroutine()}
}
