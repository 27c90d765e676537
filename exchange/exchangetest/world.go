package exchangetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
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
	relist  = 20 * time.Second
	healing = 10 * time.Minute // the longest that back-off and bans may take to heal
)

// world is one history: an exchange, a Book that follows it, and what is looked at.
type world struct {
	rng      *rand.Rand
	sim      *simexchange.Server
	feed     exchange.Feed
	traits   simexchange.Traits
	cfg      simexchange.Config
	limit    rate.Limit
	burst    int
	book     ticker.Book
	src      exchange.Source
	began    time.Time
	synced   time.Time
	owed     time.Duration // the most that a frame may be late in this history
	restarts bool          // order keys have begun again without the exchange saying so
	age      time.Duration // that connections may have; negative: any
	t        testing.TB    // the relay's
	relay    *Relay        // nil: the engine keeps the Book
	calmed   chan struct{} // closed when the relay's faults have to end
	short    int           // lists that were made too short
	delisted map[ticker.Market]bool
	touched  map[ticker.Market]bool // listed, delisted, halted or resumed in this history

	tell func(format string, args ...any) // of a history that is replayed

	mu    sync.Mutex // guards f, seen, keyed, owed, behind, near, downs, restarts and the maps above
	f     *findings
	seen  map[spot]uint64 // the newest version that was seen
	keyed map[spot]bool   // and whether it came with a key
	downs int             // connections of which a watcher was told that they were lost

	near   []*ticker.Book // those that engines keep for the relay
	behind time.Duration  // the most that the far Book may be behind them in this history
}

// spot is one group of one market.
type spot struct {
	m ticker.Market
	g ticker.Groups
}

// play plays the history of a seed.
func play(t *testing.T, c Config, name string, seed uint64) *findings {
	w := &world{
		rng: rand.New(rand.NewPCG(seed, 2)), f: newFindings(), began: time.Now(),
		tell: func(string, ...any) {}, t: t, relay: c.Relay, calmed: make(chan struct{}),
		seen: make(map[spot]uint64), keyed: make(map[spot]bool), delisted: make(map[ticker.Market]bool), touched: make(map[ticker.Market]bool),
	}
	if c.Seeds == 1 {
		w.tell = func(format string, args ...any) {
			t.Logf("%v: "+format, append([]any{time.Since(w.began)}, args...)...)
		}
	}
	w.start(t, c.New(rand.New(rand.NewPCG(seed, 3))), seed)
	defer w.sim.Close()
	ctx, cancel := context.WithCancel(engine.WithSeed(context.Background(), seed))
	ended := make(chan error, 1)
	refresh := time.Duration(w.rng.IntN(2)) * 10 * time.Second
	audit := []float64{0, 0.3}[w.rng.IntN(2)]
	if w.traits.Weight != nil {
		audit /= 5 // the budget may be more than the exchange allows in a minute
	}
	if c.Fault != nil {
		audit = -1 // which would heal what is to be seen
	}
	go func() { ended <- w.run(ctx, name, refresh, audit) }()
	var wg sync.WaitGroup
	watching, stop := context.WithCancel(ctx)
	wg.Go(func() { w.watch(watching) })
	wg.Go(func() { w.sample(watching, rand.New(rand.NewPCG(seed, 4))) })
	wg.Go(func() { w.awaitSynced(watching) })
	w.misfortunes()
	close(w.calmed)
	w.calm(c.Fault)
	stop()
	wg.Wait()
	w.checkAudit()
	w.end(cancel, ended)
	w.checkPace()
	w.checkConnects()
	for _, r := range w.sim.Requests() {
		w.tell("request at %v: %s %d", r.At.Sub(w.began), r.Path, r.Status)
	}
	return w.f
}

// start draws an exchange and starts it.
func (w *world) start(t *testing.T, x Exchange, seed uint64) {
	r := w.rng
	w.traits = x.Dialect.Traits()
	markets := w.traits.Markets
	if n := 4 + r.IntN(9); len(markets) > n {
		markets = markets[:n]
	}
	lag := time.Duration(10+r.IntN(300)) * time.Millisecond
	w.cfg = simexchange.Config{
		Seed: seed, Markets: markets, Memory: true,
		Rate: 0.5 + 8*r.Float64(), Busy: 1 + r.IntN(len(markets)), Batch: 1 + r.IntN(3),
		Skew: r.Float64(), Distinct: r.IntN(4) > 0, Volumes: r.IntN(2) > 0,
		Lag: simexchange.UpTo(lag), Latency: simexchange.UpTo(time.Duration(50+r.IntN(900)) * time.Millisecond),
		ClockSkew: time.Duration(r.IntN(5)-2) * 700 * time.Millisecond,
	}
	sim, err := simexchange.Start(w.cfg, x.Dialect)
	if err != nil {
		t.Fatal(err)
	}
	w.sim, w.owed, w.age = sim, lag, aging(seed)
	o := sim.Options()
	w.limit, w.burst = rate.Limit(1+r.IntN(10)), 1+r.IntN(3)
	if w.traits.Weight != nil {
		// The budget counts weight: of requests like the heaviest, which the
		// adapter's own budget holds.
		heaviest := x.Source(o).Feed().Budget.Burst()
		w.limit, w.burst = w.limit*rate.Limit(heaviest), w.burst*heaviest
	}
	if most := w.traits.Limit; most > 0 && w.traits.Weight == nil {
		w.limit = min(w.limit, most) // or the exchange refuses what is asked for hours
	}
	o.Budget = exchange.NewBudget(w.limit, w.burst)
	w.src = x.Source(o)
	w.feed = w.src.Feed()
	w.tell("%+v, budget of %v a second, burst %d, feed %+v", w.cfg, w.limit, w.burst, w.feed)
	if cache := max(w.feed.Trade.CacheAge, w.feed.Quote.CacheAge, w.feed.Stats.CacheAge); cache > 0 {
		sim.CacheREST(time.Duration(r.Int64N(int64(cache))), false)
	}
}

// run keeps the Book that is looked at.
func (w *world) run(ctx context.Context, name string, refresh time.Duration, share float64) error {
	sync := func(ctx context.Context, book *ticker.Book) error {
		if name == "fullsync" {
			return fullsync.Run(ctx, book, w.src.(fullsync.Source), &fullsync.Options{Relist: relist, Audit: share, MaxConnectionAge: w.age})
		}
		return singlesync.Run(ctx, book, w.src.(singlesync.Source), &singlesync.Options{Relist: relist, Refresh: refresh, Audit: share, MaxConnectionAge: w.age})
	}
	if w.relay != nil {
		return w.relayed(ctx, sync)
	}
	return sync(ctx, &w.book)
}

// awaitSynced looks at completeness at the moment it is declared.
func (w *world) awaitSynced(ctx context.Context) {
	if w.book.WaitSynced(ctx) != nil {
		return
	}
	st := w.book.Status()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.synced = time.Now()
	w.complete(st)
}

// complete looks at completeness. Markets whose listing has changed in this
// history may be known to the exchange alone for a while.
func (w *world) complete(st ticker.Status) {
	for _, m := range w.sim.Markets() {
		if w.touched[m.Market] || !m.Trading {
			continue
		}
		_, refused := st.Refused[m.Market]
		_, known := w.book.Get(m.Market)
		w.f.look(complete, known || refused, "%s is neither known nor refused: %+v", m.Market, st)
	}
}

// calm ends all faults, waits until the Book is whole, has the exchange rest, and
// compares the two.
func (w *world) calm(fault func(*simexchange.Server)) {
	w.sim.SetRate(max(w.cfg.Rate, 2))
	time.Sleep(2 * relist) // votes of a list that was short lapse with the next
	live := w.until(healing, func() bool {
		return w.book.Status().State == ticker.Live && w.settled()
	})
	w.mu.Lock()
	w.f.look(truth, live, "not live %v after the last fault: %+v", healing, w.book.Status())
	w.mu.Unlock()
	w.sim.SetRate(0)
	if fault != nil {
		fault(w.sim)
	}
	delay := max(w.feed.Trade.Delay, w.feed.Quote.Delay, w.feed.Stats.Delay)
	if w.age > 0 {
		delay += delay + resting
	}
	time.Sleep(w.cfg.Lag.Max + w.cfg.Latency.Max + delay + w.traits.Heartbeat + time.Second)
	if live {
		w.compare()
	}
	switch long := w.cfg.Seed%3 == 0; { // what follows takes as much as all before
	case !live || fault != nil || !long:
	case w.age > 0:
		w.handOvers()
	default:
		w.silence()
	}
}

// settled reports whether removals are through.
func (w *world) settled() bool {
	for m := range w.delisted {
		if _, listed := w.sim.ListedAt(m, time.Now()); listed {
			continue
		}
		if _, ok := w.book.Get(m); ok {
			return false
		}
	}
	return true
}

// until looks every second whether something has happened.
func (w *world) until(most time.Duration, happened func() bool) bool {
	for end := time.Now().Add(most); time.Now().Before(end); time.Sleep(time.Second) {
		if happened() {
			return true
		}
	}
	return false
}

// end cancels Run and looks at what it leaves.
func (w *world) end(cancel context.CancelFunc, ended <-chan error) {
	cancel()
	at := time.Now()
	err := <-ended
	w.f.look(leak, errors.Is(err, context.Canceled), "Run returned %v", err)
	w.f.look(leak, time.Since(at) < time.Second, "Run took %v to end", time.Since(at))
}
