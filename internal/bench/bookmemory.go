package bench

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// bookMemoryRows are what a market costs on the heap, of 10,000: the Book with its
// index, the names of the markets being the caller's, and a watcher of all.
func bookMemoryRows() []Row {
	return []Row{
		{
			Name: "book/memory", Goal: AtMost(700, "bytes a market"), What: "a Book of 10000 markets, its index included",
			Measure: bookMemory(func(m *bookMemorized) error { return m.fill(0) }, nil),
		},
		{
			Name: "book/memory/audited", Goal: AtMost(700, "bytes a market"), What: "the same when an audit is on, and each market was told 20 times without an order key, of which the past is kept",
			Measure: bookMemory(func(m *bookMemorized) error { return m.fill(20) }, nil),
		},
		{
			Name: "book/memory/watcher", Goal: AtMost(32, "bytes a market"), What: "a watcher of all of them, which stands still",
			Measure: bookMemory(nil, func(m *bookMemorized) { m.watch(true) }),
		},
	}
}

// bookMemorized is a Book whose memory is measured.
type bookMemorized struct {
	bookWatchers
	book     ticker.Book
	markets  []ticker.Market
	messages *messages
}

// fill has the Book filled as an engine does, and told so many times more.
func (m *bookMemorized) fill(audited int) error {
	keeper, err := m.book.Keep("bench")
	if err != nil {
		return err
	}
	listed := make([]ticker.Listed, len(m.markets))
	for i, market := range m.markets {
		listed[i] = ticker.Listed{Market: market, Trading: true}
	}
	keeper.List(listed, time.Now())
	link := m.book.Link(m.markets, bookFeed)
	if err := m.messages.fill(link, m.markets); err != nil {
		return err
	}
	if audited > 0 {
		m.messages.keyless = true
		keeper.Audit(time.Second, false)
	}
	for range audited {
		if err := m.messages.fill(link, m.markets); err != nil {
			return err
		}
	}
	return nil
}

// bookMemory measures what the heap grows by: by fill, or, where that is nil, by more
// once the Book is full.
func bookMemory(fill func(*bookMemorized) error, more func(*bookMemorized)) func(context.Context, Settings) (Result, error) {
	return func(ctx context.Context, s Settings) (Result, error) {
		var r Result
		for range s.Rounds {
			grown, err := bookGrown(ctx, fill, more)
			if err != nil {
				return Result{}, err
			}
			r.Values = append(r.Values, grown)
		}
		r.Note = fmt.Sprintf("%.0f kB in all", r.Median()*bookMemoryMarkets/1e3)
		return r, nil
	}
}

const bookMemoryMarkets = 10_000

func bookGrown(ctx context.Context, fill func(*bookMemorized) error, more func(*bookMemorized)) (float64, error) {
	ctx, cancel := context.WithCancel(ctx)
	m := &bookMemorized{markets: bookMarkets(bookMemoryMarkets), messages: newMessages()}
	m.bookWatchers = bookWatchers{of: &m.book, ctx: ctx}
	defer m.done.Wait()
	defer cancel()
	if fill == nil {
		if err := m.fill(0); err != nil {
			return 0, err
		}
	}
	before := heap()
	if fill != nil {
		if err := fill(m); err != nil {
			return 0, err
		}
	} else {
		more(m)
	}
	grown := float64(heap()) - float64(before)
	runtime.KeepAlive(m)
	return grown / bookMemoryMarkets, nil
}

// heap is how many bytes are in use, once the garbage is collected.
func heap() uint64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.GC() // what the first one found to be finalized
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}
