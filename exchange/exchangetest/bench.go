package exchangetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// skew is how far the exchange's clock is ahead in the laws, so that our clock
// and its are never mistaken for each other.
const skew = time.Hour

// patience is how long a law waits for what an adapter owes.
const patience = 20 * time.Second

// bench is one simulated exchange with an adapter on it, at rest.
type bench struct {
	sim    *simexchange.Server
	traits simexchange.Traits
	src    exchange.Source
	ctx    context.Context
	cancel context.CancelFunc
	tap    *tap
}

func newBench(x Exchange, seed uint64) (*bench, error) {
	b := &bench{traits: x.Dialect.Traits()}
	cfg := simexchange.Config{
		Seed: seed, Memory: true, Distinct: true, Volumes: true, ClockSkew: skew,
		Lag: simexchange.Exactly(10 * time.Millisecond), Latency: simexchange.Exactly(50 * time.Millisecond),
	}
	if len(b.traits.Markets) > 6 {
		cfg.Markets = b.traits.Markets[:6]
	}
	sim, err := simexchange.Start(cfg, x.Dialect)
	if err != nil {
		return nil, err
	}
	b.sim = sim
	o := sim.Options()
	b.tap = &tap{dial: o.Connect}
	tapped := o
	tapped.Dial = b.tap.connect
	b.src = x.Source(tapped)
	b.ctx, b.cancel = context.WithTimeout(context.Background(), 24*time.Hour)
	return b, nil
}

func (b *bench) close() {
	b.cancel()
	b.sim.Close()
	if c, ok := b.src.(exchange.IdleCloser); ok {
		c.CloseIdleConnections()
	}
}

// list returns the listings of the markets that trade.
func (b *bench) list() ([]exchange.Listing, error) {
	ls, err := b.src.Markets(b.ctx)
	if err != nil {
		return nil, fmt.Errorf("in Markets: %w", err)
	}
	var out []exchange.Listing
	for _, l := range ls {
		if l.Trading {
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("no list: Markets has no market that trades")
	}
	return out, nil
}

// open connects with all markets that trade.
func (b *bench) open() (exchange.Stream, []exchange.Listing, error) {
	ls, err := b.list()
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(b.ctx, 2*patience)
	defer cancel()
	s, err := b.src.Connect(ctx, ls)
	if err != nil {
		if s != nil {
			_ = s.Close()
		}
		return nil, nil, fmt.Errorf("in Connect: %w", err)
	}
	time.Sleep(b.src.Feed().Settle) // until then nothing is owed
	return s, ls, nil
}

// told reads until enough says so, and returns the updates in their order; a
// *FrameError is passed over.
func (b *bench) told(s exchange.Stream, enough func([]ticker.Update) bool) ([]ticker.Update, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	var all []ticker.Update
	for !enough(all) {
		us, err := s.Read(ctx, nil)
		all = append(all, us...)
		var frame *exchange.FrameError
		if err != nil && !errors.As(err, &frame) {
			return all, fmt.Errorf("in Read: %w", err)
		}
	}
	return all, nil
}

// tells has a market change and waits until the stream has told it.
func (b *bench) tells(s exchange.Stream, m ticker.Market) ([]ticker.Update, error) {
	g := b.streamed()
	b.change(m)
	now := b.sim.VersionAt(m, g, time.Now())
	us, err := b.told(s, func(us []ticker.Update) bool {
		for _, u := range us {
			if v, ok := b.sim.Find(u.Ticker, g, now); u.Market == m && u.Groups.Has(g) && ok && v == now {
				return true
			}
		}
		return false
	})
	if err != nil {
		return us, fmt.Errorf("a change of %s is not told: %w", m, err)
	}
	return us, nil
}

// streamed is a group that the stream tells.
func (b *bench) streamed() ticker.Groups {
	for _, g := range eachGroup() {
		if told(b.traits.Feed, g).Kind == ticker.EveryChange {
			return g
		}
	}
	for _, g := range eachGroup() {
		if told(b.traits.Feed, g).Kind != ticker.Never {
			return g
		}
	}
	return ticker.TradeGroup
}

// change makes changes of a market until the group that the stream tells is one.
func (b *bench) change(m ticker.Market) {
	g := b.streamed()
	for v := b.sim.VersionAt(m, g, time.Now()); b.sim.VersionAt(m, g, time.Now()) == v; {
		b.sim.Tick(m)
	}
}

func told(f ticker.Feed, g ticker.Groups) ticker.Told {
	switch g {
	case ticker.TradeGroup:
		return f.Trade
	case ticker.QuoteGroup:
		return f.Quote
	}
	return f.Stats
}

func (b *bench) now() time.Time { return time.Now() }
