package bench

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/ticker"
)

// bookRows compare a Book with what it replaces: a bare map of index and slice under
// a Mutex, as written by hand. Both hold the same Tickers; the bare one knows nothing
// of order, age, joining or watchers.
func bookRows() []Row {
	return slices.Concat(
		bookMixRows(),
		[]Row{bookAllRow()},
		bookWatchRows(),
		bookMemoryRows(),
		bookGrowthRows(),
		bookSnapshotRows(),
		bookScheduleRows(),
	)
}

// bare is that map.
type bare struct {
	mu      sync.Mutex
	index   map[ticker.Market]int32
	tickers []ticker.Ticker
}

func newBare(ms []ticker.Market) *bare {
	b := &bare{index: make(map[ticker.Market]int32), tickers: make([]ticker.Ticker, 0, len(ms))}
	for i, m := range ms {
		b.index[m] = int32(i)
		b.tickers = append(b.tickers, ticker.Ticker{Market: m})
	}
	return b
}

// put stores a ticker, and when it was received.
func (b *bare) put(t *ticker.Ticker, received time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i, ok := b.index[t.Market]
	if !ok {
		return
	}
	held := &b.tickers[i]
	*held = *t
	held.Trade.Received, held.Quote.Received, held.Stats.Received = received, received, received
}

func (b *bare) get(m ticker.Market) (ticker.Ticker, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i, ok := b.index[m]
	if !ok {
		return ticker.Ticker{}, false
	}
	return b.tickers[i], true
}

// bookFeed tells all of a ticker with each message, as Coinbase does.
var bookFeed = ticker.Feed{
	Trade: ticker.Told{Kind: ticker.EveryChange, REST: true},
	Quote: ticker.Told{Kind: ticker.EveryChange, REST: true},
	Stats: ticker.Told{Kind: ticker.EveryChange, REST: true},
}

func bookMarkets(n int) []ticker.Market {
	ms := make([]ticker.Market, n)
	for i := range ms {
		ms[i] = ticker.Market(fmt.Sprintf("M%05d-USD", i))
	}
	return ms
}

// messages writes what connections tell of their markets: all groups, each message
// with a higher key than the last.
type messages struct {
	us      []ticker.Update
	key     uint64
	keyless bool // they have none
	next    int
	now     time.Time
}

func newMessages() *messages {
	m := &messages{now: time.Now()}
	for i := range 13 { // which divides no number of markets: each is told all values
		d := func(v int64) decimal.Decimal { return decimal.MustNew(v+int64(i), 2) }
		t := ticker.Ticker{
			Trade: ticker.Trade{Price: d(128522), Size: d(101)},
			Quote: ticker.Quote{Bid: d(128521), BidSize: d(250), Ask: d(128523), AskSize: d(375)},
			Stats: ticker.Stats{Open: d(120000), High: d(130000), Low: d(119900), Volume: d(99887766)},
		}
		m.us = append(m.us, ticker.Update{Ticker: t, Groups: ticker.AllGroups})
	}
	return m
}

// tell returns the next message, about a market, and when it is received. It is
// overwritten by the one 13 later.
func (m *messages) tell(market ticker.Market) ([]ticker.Update, time.Time) {
	if m.key++; m.keyless {
		m.key = 0
	}
	m.next = (m.next + 1) % len(m.us)
	m.now = m.now.Add(time.Microsecond)
	us := m.us[m.next : m.next+1]
	us[0].Market = market
	us[0].Trade.Key, us[0].Quote.Key, us[0].Stats.Key = m.key, m.key, m.key
	return us, m.now
}

// fill has a link tell all of its markets once.
func (m *messages) fill(l *ticker.Link, markets []ticker.Market) error {
	for _, market := range markets {
		us, at := m.tell(market)
		if err := l.Stream(us, at); err != nil {
			return err
		}
	}
	return nil
}
