package exchangetest

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/singlesync"
)

// Exchange is an adapter and the simulated exchange that it is to be tried on.
type Exchange struct {
	// Dialect is how the exchange speaks.
	Dialect simexchange.Dialect
	// Source makes the adapter under test, from options that reach the
	// simulated exchange and bring a budget.
	Source func(exchange.Options) exchange.Source
}

// Config says what to simulate.
type Config struct {
	// New makes an exchange for one history. The choices that an adapter has may
	// be drawn from rng, so that all are tried.
	New func(rng *rand.Rand) Exchange
	// Seeds is how many histories are tried with each engine that the adapter
	// can be used with. If zero, 200.
	Seeds int
	// First is the first seed: to replay one history, name its seed here and
	// have Seeds be 1; everything that happens is then logged. If zero, 1.
	First uint64
	// Fault, if not nil, is played when all is calm, before the Book is compared
	// with the exchange. It is for faults that no replica can notice, to see that
	// the simulation does.
	Fault func(*simexchange.Server)
	// Beat is how often heartbeats come in SimulateDays, where the exchange has any.
	// If zero, every two minutes.
	Beat time.Duration
	// Relay, if not nil, keeps the Book that Simulate looks at, from Books that the
	// engines keep. The histories are then played one after the other, in this process
	// alone.
	Relay *Relay
}

// Simulate runs an adapter against a simulated exchange that knows the truth: in
// virtual time, over its own wire format, with random prices, delays and faults
// from a seed. A subtest for each of Invariants says in how many histories and how often it
// was looked at, and names the seeds in which it did not hold.
//
// It runs fullsync where the adapter has a Snapshot, and singlesync where it has a
// Fetch, both where it has both.
func Simulate(t *testing.T, c Config) {
	t.Helper()
	for name, report := range simulate(t, c) {
		t.Run(name, func(t *testing.T) {
			for _, i := range Invariants() {
				t.Run(i.Name, func(t *testing.T) { report.show(t, i) })
			}
		})
	}
}

// simulate plays all histories and returns what they showed, by engine.
func simulate(t *testing.T, c Config) map[string]*report {
	t.Helper()
	if c.Seeds <= 0 {
		c.Seeds = 200
	}
	if c.First == 0 {
		c.First = 1
	}
	reports := make(map[string]*report)
	src := c.New(rand.New(rand.NewPCG(c.First, 3))).Source(exchange.Options{})
	if _, ok := src.(fullsync.Source); ok {
		reports["fullsync"] = newReport()
	}
	if _, ok := src.(singlesync.Source); ok {
		reports["singlesync"] = newReport()
	}
	if len(reports) == 0 {
		t.Fatal("exchangetest: the adapter has neither Snapshot nor Fetch")
	}
	for engine, r := range reports {
		t.Run(engine+" histories", func(t *testing.T) {
			workers := runtime.GOMAXPROCS(0)
			if c.Relay != nil {
				workers = 1
			}
			for w := range workers {
				t.Run(fmt.Sprint(w), func(t *testing.T) {
					t.Parallel()
					for n := w; n < c.Seeds; n += workers {
						seed := c.First + uint64(n)
						if c.Relay != nil {
							alone()
						}
						synctest.Test(t, func(t *testing.T) {
							r.add(seed, play(t, c, engine, seed))
						})
					}
				})
			}
		})
	}
	return reports
}

// report gathers what the histories of one engine showed.
type report struct {
	mu     sync.Mutex
	seeds  int
	looked map[string]int
	broken map[string]map[uint64]string
}

func newReport() *report {
	return &report{looked: make(map[string]int), broken: make(map[string]map[uint64]string)}
}

func (r *report) add(seed uint64, f *findings) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seeds++
	for name, n := range f.looked {
		r.looked[name] += n
	}
	for name, what := range f.broken {
		if r.broken[name] == nil {
			r.broken[name] = make(map[uint64]string)
		}
		r.broken[name][seed] = what
	}
}

// worst is how many broken seeds a report names.
const worst = 5

func (r *report) show(t *testing.T, i Invariant) {
	t.Helper()
	broken := r.broken[i.Name]
	t.Logf("%s: held in %d of %d seeds, looked at %d times", i.Promise, r.seeds-len(broken), r.seeds, r.looked[i.Name])
	if len(broken) == 0 {
		return
	}
	var seeds []uint64
	for s := range broken {
		seeds = append(seeds, s)
	}
	slices.Sort(seeds)
	for n, s := range seeds {
		if n == worst {
			t.Errorf("and %d more", len(seeds)-worst)
			break
		}
		t.Errorf("seed %d: %s", s, broken[s])
	}
}
