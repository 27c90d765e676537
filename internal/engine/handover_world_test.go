package engine_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/internal/engine"
	"github.com/tickersync/tickersync/ticker"
)

// A day of an exchange that cuts each connection when it is 24 hours old; in short,
// an hour.
const (
	eight    = 8
	frameLag = 300 * time.Millisecond
)

func cutAfter() time.Duration {
	if testing.Short() {
		return time.Hour
	}
	return 24 * time.Hour
}

// oldAfter is when the first connections may be replaced.
func oldAfter() time.Duration { return cutAfter() * 19 / 24 }

// aging is a dialect whose connections are cut at an age. To save time its
// heartbeats are rare between the first minute and the time when connections are
// old.
type aging struct {
	simexchange.Dialect
	began time.Time
}

func (d aging) Traits() simexchange.Traits {
	t := d.Dialect.Traits()
	t.MaxAge, t.Heartbeat = cutAfter(), time.Second
	return t
}

func (d aging) Connect(r *http.Request) (simexchange.Session, int) {
	s, status := d.Dialect.Connect(r)
	if s == nil {
		return nil, status
	}
	return &agingSession{s, d.began}, status
}

type agingSession struct {
	simexchange.Session
	began time.Time
}

func (s *agingSession) Beat(c *simexchange.Conn) {
	age := time.Since(s.began).Truncate(time.Second)
	if age < time.Minute || age > oldAfter() || age%(20*time.Second) == 0 {
		s.Session.Beat(c)
	}
}

// sharded is a source with a limit of markets a connection, and of its age.
type sharded struct {
	source
	per int
}

func (s sharded) Feed() exchange.Feed {
	f := s.source.Feed()
	f.MaxAge, f.PerConnection, f.Idle, f.Quiet = cutAfter(), s.per, time.Minute, false
	return f
}

// day is what was seen in a day and an hour.
type day struct {
	opened, requests, steps, downs, reconnects int
	stood                                      [3]time.Duration // the longest that an AsOf of a group stood still
}

// oneDay has an engine follow an exchange with as many connections as there are pairs of markets for
// a day and an hour.
func oneDay(t *testing.T, s sync, p place, o settings) (d day) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var ms []ticker.Market
		for i := range 2 * eight {
			ms = append(ms, ticker.Market(fmt.Sprintf("M%02d-EUR", i)))
		}
		sim, err := simexchange.Start(simexchange.Config{
			Seed: 1, Markets: ms, Rate: 5, Skew: 1, Distinct: true, Lag: simexchange.UpTo(frameLag), Memory: true,
		}, aging{p.dialect, time.Now()})
		require.NoError(t, err)
		defer sim.Close()
		opts := sim.Options()
		opts.Budget = exchange.NewBudget(pace, burst)
		src := sharded{p.source(opts), 2}
		w := &world{T: t, sim: sim, src: src, began: time.Now(), done: make(chan error, 1)}
		ctx, cancel := context.WithCancel(engine.WithSeed(context.Background(), 1))
		w.stop = cancel
		o.Relist = 100 * time.Hour
		go func() { w.done <- s.run(ctx, &w.book, src, o) }()
		defer w.end()
		w.until("live", live)
		time.Sleep(time.Minute)
		before := sim.Counts()
		go w.watchDay(ctx, &d)
		sim.SetRate(0.01)
		time.Sleep(time.Until(w.began.Add(oldAfter())))
		sim.SetRate(5)
		w.sampleDay(&d, time.Until(w.began.Add(cutAfter()+time.Minute)))
		after := sim.Counts()
		d.opened, d.requests = after.Opened, after.Requests-before.Requests
		d.reconnects = w.book.Status().Reconnects
	})
	return d
}

// watchDay looks for steps back, and for connections that are lost.
func (w *world) watchDay(ctx context.Context, d *day) {
	seen := make(map[string]uint64)
	for c := range w.book.Watch(ctx) {
		switch {
		case c.End != nil:
		case c.Market == "":
			d.downs++
		default:
			for _, g := range []ticker.Groups{ticker.TradeGroup, ticker.QuoteGroup} {
				if v, ok := w.sim.Find(c.Ticker, g, max(seen[fmt.Sprint(c.Market, g)], 1)); ok {
					seen[fmt.Sprint(c.Market, g)] = v
				} else if g == ticker.TradeGroup && !c.Trade.Price.IsZero() || g == ticker.QuoteGroup && !c.Quote.Bid.IsZero() {
					d.steps++
				}
			}
		}
	}
}

// sampleDay looks at how long each AsOf that the stream moves stands still.
func (w *world) sampleDay(d *day, most time.Duration) {
	feed := w.src.Feed()
	var last, since [2 * eight][3]time.Time
	var ts []ticker.Ticker
	for end := time.Now().Add(most); time.Now().Before(end); time.Sleep(250 * time.Millisecond) {
		ts = w.book.AppendAll(ts[:0])
		now := time.Now()
		for i := range ts {
			for g, s := range [...]*ticker.Stamp{&ts[i].Trade.Stamp, &ts[i].Quote.Stamp, &ts[i].Stats.Stamp} {
				if k := told(&feed, g).Kind; k != ticker.EveryChange && k != ticker.Throttled {
					continue
				}
				if !s.AsOf.Equal(last[i][g]) {
					last[i][g], since[i][g] = s.AsOf, now
				}
				d.stood[g] = max(d.stood[g], now.Sub(since[i][g]))
			}
		}
	}
}

// told is how a group is told: 0 is the trade, 1 the quote, 2 the figures of the day.
func told(f *exchange.Feed, g int) ticker.Told { return [...]ticker.Told{f.Trade, f.Quote, f.Stats}[g] }
