package longrun

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	xrate "golang.org/x/time/rate"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/exchangetest"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/internal/engine"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

const (
	losing   = 0.001 // of all updates
	auditing = 0.2   // of the budget
	askings  = 5     // requests a second that the budget allows
)

// patience is how long the stream is given to explain a difference: five seconds
// and a second for what was held up, three for two looks and a request, the age
// that an answer may have, the feed's delay, and until the next frame.
func patience(tr simexchange.Traits) time.Duration {
	d := 9*time.Second + 20*time.Second
	if tr.Heartbeat > 0 {
		d = 9*time.Second + min(tr.Heartbeat, 20*time.Second)
	}
	cache, delay := time.Duration(0), time.Duration(0)
	for _, told := range []ticker.Told{tr.Feed.Trade, tr.Feed.Quote} {
		cache, delay = max(cache, told.CacheAge), max(delay, told.Delay)
	}
	return d + cache + delay
}

// leaky is what half a day of an exchange that loses updates has shown.
type leaky struct {
	lost    int           // updates
	wrong   int           // times that a market was wrong for longer than a frame may take
	longest time.Duration // for which one was
	audit   ticker.Audit
	probes  uint64 // the most that were sent while one was wrong
}

// An exchange silently loses one update in 1,000: with the audit, no market is
// wrong for longer than it takes to compare all of them once; without, some are.
func TestAudit(t *testing.T) {
	if testing.Short() {
		t.Skip("package engine tests the audit, too")
	}
	for _, p := range places() {
		switch {
		case p.name == "bl3p": // a connection for each market: only its next message proves it late
			continue
		case !*all && p.name != "keyless":
			continue
		}
		x := p.make(rand.New(rand.NewPCG(*seed, 0)))
		src := x.Source(exchange.Options{})
		for _, name := range []string{"fullsync", "singlesync"} {
			_, full := src.(fullsync.Source)
			_, single := src.(singlesync.Source)
			if name == "fullsync" && !full || name == "singlesync" && !single {
				continue
			}
			t.Run(p.name+"/"+name, func(t *testing.T) {
				with, without := leak(t, p, name, auditing), leak(t, p, name, -1)
				bound := with.audit.Round + patience(x.Dialect.Traits())
				fmt.Printf("%-24s %2d lost; audit: %2d seen wrong, %2d healed, the longest %5.1fs of at most %5.1fs, %3d probes of about %d; none: %2d wrong, the longest %6.1fs\n",
					p.name+"/"+name, with.lost, with.wrong, with.audit.Mismatches, with.longest.Seconds(), bound.Seconds(),
					with.probes, expected(with, bound), without.wrong, without.longest.Seconds())
				assert.LessOrEqual(t, with.longest, bound)
				assert.LessOrEqual(t, with.audit.Mismatches, uint64(with.lost)) //nolint:gosec // a count
				assert.Equal(t, with.lost, without.lost, "the same exchange")
				assert.Zero(t, without.audit)
				if p.name != "coinbase" { // whose heartbeats reveal what was lost
					assert.Positive(t, with.audit.Mismatches)
					assert.Greater(t, without.longest, bound)
				}
			})
		}
	}
}

// expected is how many answers about one market come within a time.
func expected(l leaky, within time.Duration) int {
	return int(float64(l.audit.Probes) * within.Seconds() / half.Seconds())
}

// half is how long each exchange is watched.
const half = 12 * time.Hour

func leak(t *testing.T, p place, name string, share float64) (l leaky) {
	synctest.Test(t, func(t *testing.T) {
		x := p.make(rand.New(rand.NewPCG(*seed, 0)))
		ms := x.Dialect.Traits().Markets
		if len(ms) > 8 {
			ms = ms[:8]
		}
		sim, err := simexchange.Start(simexchange.Config{
			Seed: *seed, Memory: true, Markets: ms, Rate: float64(len(ms)) / 16, Distinct: true,
			Lag: simexchange.UpTo(100 * time.Millisecond), Latency: simexchange.UpTo(300 * time.Millisecond),
		}, x.Dialect)
		require.NoError(t, err)
		defer sim.Close()
		w := &watcher{sim: sim, traits: x.Dialect.Traits(), since: make(map[spot]moment)}
		ctx, cancel := context.WithCancel(engine.WithSeed(t.Context(), *seed))
		done := make(chan error, 1)
		go func() { done <- w.run(ctx, x, name, share) }()
		require.NoError(t, w.book.WaitSynced(ctx))
		time.Sleep(time.Minute)
		sim.LoseUpdate(losing)
		for range int(half / time.Second) {
			time.Sleep(time.Second)
			w.look(&l)
		}
		l.lost, l.audit = sim.Counts().Lost, w.book.Status().Audit
		cancel()
		assert.ErrorIs(t, <-done, context.Canceled)
	})
	return l
}

// watcher compares a Book with its exchange.
type watcher struct {
	sim    *simexchange.Server
	traits simexchange.Traits
	book   ticker.Book
	since  map[spot]moment // when it became wrong, by group
}

type spot struct {
	m ticker.Market
	g ticker.Groups
}

type moment struct {
	at     time.Time
	probes uint64
}

func (w *watcher) run(ctx context.Context, x exchangetest.Exchange, name string, share float64) error {
	o := w.sim.Options()
	heaviest := 1
	if w.traits.Weight != nil {
		heaviest = x.Source(o).Feed().Budget.Burst()
	}
	o.Budget = exchange.NewBudget(xrate.Limit(askings*heaviest), 2*heaviest)
	src := x.Source(o)
	if name == "fullsync" {
		return fullsync.Run(ctx, &w.book, src.(fullsync.Source), &fullsync.Options{Audit: share})
	}
	return singlesync.Run(ctx, &w.book, src.(singlesync.Source), &singlesync.Options{Audit: share})
}

// look notes which markets are wrong, and since when.
func (w *watcher) look(l *leaky) {
	now, probes := time.Now(), w.book.Status().Audit.Probes
	for _, m := range w.sim.Markets() {
		held, _ := w.book.Get(m.Market)
		for g, told := range map[ticker.Groups]ticker.Told{ticker.TradeGroup: w.traits.Feed.Trade, ticker.QuoteGroup: w.traits.Feed.Quote} {
			if told.Kind != ticker.EveryChange && told.Kind != ticker.Throttled {
				continue
			}
			s := spot{m.Market, g}
			if _, right := w.sim.Find(held, g, w.sim.VersionAt(m.Market, g, now)); right {
				delete(w.since, s)
				continue
			}
			if _, known := w.since[s]; !known {
				w.since[s] = moment{now, probes}
			}
			switch wrong := now.Sub(w.since[s].at); {
			case wrong == told.Delay.Truncate(time.Second)+time.Second:
				l.wrong++
				fallthrough
			case wrong > time.Second+told.Delay:
				l.longest = max(l.longest, wrong)
				l.probes = max(l.probes, probes-w.since[s].probes)
			}
		}
	}
}
