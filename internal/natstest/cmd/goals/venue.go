package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/kraken"
	"github.com/tickersync/tickersync/exchange/kraken/krakensim"
	"github.com/tickersync/tickersync/exchange/natskv"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/ticker"
)

const venueBucket = "tickers-" + kraken.Name

// collect is the role of a collector of an exchange, and of its stand-by.
func collect(ctx context.Context, r *role) error {
	nc, js, err := connect(r.url)
	if err != nil {
		return err
	}
	defer nc.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	var book ticker.Book
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel(nil)
	wg.Go(func() {
		cancel(fullsync.Run(ctx, &book, kraken.New(&exchange.Options{RESTURL: r.rest, WebSocketURL: r.ws}), nil))
	})
	wg.Go(func() {
		cancel(natskv.Publish(ctx, &book, js, &natskv.Options{Bucket: r.bucket, ID: r.id, Replicas: r.replicas}))
	})
	if err := book.WaitSynced(ctx); err != nil {
		return err
	}
	return r.obey(ctx, answer{}, acts{})
}

// venue is a simulated exchange, which knows what is true, its collectors, and a Book
// at the far end that is looked at all the time.
type venue struct {
	*broker
	sim      *simexchange.Server
	far      *far
	replicas int
	started  int
	names    map[string]*process // the collectors

	mu       sync.Mutex
	versions map[spot]uint64 // as last told
	back     map[spot]int    // steps back
	watching sync.WaitGroup
}

type spot struct {
	market ticker.Market
	group  ticker.Groups
}

// openVenue starts it all, with two collectors. Trades have order keys there, and
// quotes have none.
func openVenue(ctx context.Context, s settings, servers int) (*venue, error) {
	sim, err := simexchange.Start(simexchange.Config{Seed: 1, Markets: marketNames(min(s.markets, 500)), Rate: 500, Distinct: true}, &krakensim.Dialect{})
	if err != nil {
		return nil, err
	}
	b, err := startBroker(ctx, &crew{}, servers)
	if err != nil {
		sim.Close()
		return nil, err
	}
	v := &venue{broker: b, sim: sim, replicas: servers, names: map[string]*process{}, versions: map[spot]uint64{}, back: map[spot]int{}}
	if err := v.begin(ctx); err != nil {
		v.close()
		return nil, err
	}
	return v, nil
}

func (v *venue) begin(ctx context.Context) (err error) {
	if err = v.collector(ctx); err != nil {
		return err
	}
	if v.far, err = openFar(ctx, v.url, venueBucket); err != nil {
		return err
	}
	if err = until(ctx, "the reader is not live", func() bool { return v.fresh(time.Time{}) }); err != nil {
		return err
	}
	v.watching.Go(func() { v.watch(ctx) })
	return v.collector(ctx)
}

// collector starts another one.
func (v *venue) collector(ctx context.Context) error {
	v.started++
	id := fmt.Sprint("c", v.started)
	p, _, err := v.crew.start(ctx, "collector", "-nats", v.url, "-bucket", venueBucket, "-id", id, "-replicas", fmt.Sprint(v.replicas),
		"-rest", v.sim.RESTURL(), "-ws", v.sim.WebSocketURL())
	v.names[id] = p
	return err
}

func (v *venue) close() {
	if v.far != nil {
		v.far.end() // its Watch ends with it
	}
	v.watching.Wait()
	v.remove()
	v.sim.Close()
}

func marketNames(n int) (ms []ticker.Market) {
	for i := range n {
		ms = append(ms, ticker.Market(fmt.Sprintf("C%04d-EUR", i)))
	}
	return ms
}

// watch counts how often a value steps back.
func (v *venue) watch(ctx context.Context) {
	for c := range v.far.book.Watch(ctx) {
		if c.Market == "" || c.Removed {
			continue
		}
		v.mu.Lock()
		for _, g := range []ticker.Groups{ticker.TradeGroup, ticker.QuoteGroup} {
			at := spot{c.Market, g}
			n, _ := v.sim.Find(c.Ticker, g, 1)
			if n < v.versions[at] {
				v.back[at]++
			}
			v.versions[at] = n
		}
		v.mu.Unlock()
	}
}

// steps returns how many trades and quotes have stepped back since it was asked last,
// and how often one market has at most.
func (v *venue) steps() (trades, quotes, most int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for at, n := range v.back {
		if at.group == ticker.TradeGroup {
			trades += n
		} else {
			quotes, most = quotes+n, max(most, n)
		}
	}
	clear(v.back)
	return trades, quotes, most
}

// fresh reports whether the far Book is live, and every market known as of a later
// moment.
func (v *venue) fresh(than time.Time) bool {
	st := v.far.book.Status()
	if st.State != ticker.Live || st.Known != len(v.sim.Markets()) {
		return false
	}
	for t := range v.far.book.All() {
		if !t.Quote.AsOf.After(than) || !t.Trade.AsOf.After(than) {
			return false
		}
	}
	return true
}

// newest is the latest moment as of which anything is told.
func (v *venue) newest() (at time.Time) {
	for t := range v.far.book.All() {
		for _, s := range []ticker.Stamp{t.Trade.Stamp, t.Quote.Stamp} {
			if s.AsOf.After(at) {
				at = s.AsOf
			}
		}
	}
	return at
}

// lost has the exchange rest, and counts the markets that do not come to be as they
// are there, until a time is over.
func (v *venue) lost(ctx context.Context, within time.Duration) (n int, err error) {
	v.sim.SetRate(0)
	defer v.sim.SetRate(500)
	for at := time.Now(); ; {
		n = 0
		for _, m := range v.sim.Markets() {
			t, _ := v.far.book.Get(m.Market)
			for _, g := range []ticker.Groups{ticker.TradeGroup, ticker.QuoteGroup} {
				if _, same := v.sim.Find(t, g, v.sim.VersionAt(m.Market, g, time.Now())); !same {
					n++
					break
				}
			}
		}
		if n == 0 || time.Since(at) > within {
			return n, nil
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return n, err
		}
	}
}
