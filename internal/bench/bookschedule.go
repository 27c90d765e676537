package bench

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// bookScheduleRows are what singlesync takes to choose, ask for and merge a market
// that the stream does not tell, of a source that answers at once.
func bookScheduleRows() []Row {
	return []Row{{
		Name: "book/schedule", Goal: AtMost(2, ""), What: "a fetch among 10,000 unknown markets, against among 1000",
		Measure: func(ctx context.Context, s Settings) (Result, error) {
			few, many := 1000, 10_000
			if s.Quick {
				few, many = 50, 500
			}
			var r Result
			var all [2][]float64
			for round := range s.Rounds {
				var took [2]float64
				for turn := range 2 {
					i := (round + turn) % 2
					// As many fetches on either side.
					n, times := []int{few, many}[i], []int{many / few, 1}[i]
					for range times {
						d, err := fetched(ctx, n)
						if err != nil {
							return Result{}, err
						}
						took[i] += float64(d) / float64(n*times)
					}
					all[i] = append(all[i], took[i])
				}
				r.Values = append(r.Values, took[1]/took[0])
			}
			r.Note = fmt.Sprintf("%s against %s", span(quantile(all[1], 0.5)), span(quantile(all[0], 0.5)))
			return r, nil
		},
	}}
}

// fetched returns how long it takes from the first fetch until all are known.
func fetched(ctx context.Context, n int) (time.Duration, error) {
	ctx, cancel := context.WithCancel(ctx)
	src := &silent{budget: exchange.NewBudget(rate.Limit(1e9), 1000)}
	for _, m := range bookMarkets(n) {
		src.listings = append(src.listings, exchange.Listing{Market: m, Symbol: string(m), Trading: true})
	}
	var book ticker.Book
	var run sync.WaitGroup
	defer run.Wait()
	defer cancel()
	run.Go(func() { _ = singlesync.Run(ctx, &book, src, &singlesync.Options{Audit: -1}) })
	if err := book.WaitSynced(ctx); err != nil {
		return 0, err
	}
	return time.Since(time.Unix(0, src.began.Load())), nil
}

// silent is an exchange whose stream tells nothing.
type silent struct {
	listings []exchange.Listing
	budget   *exchange.Budget
	began    atomic.Int64 // when the first market was asked for
}

func (s *silent) Name() string { return "silent" }

func (s *silent) Feed() exchange.Feed { return exchange.Feed{Feed: bookFeed, Budget: s.budget} }

func (s *silent) Markets(context.Context) ([]exchange.Listing, error) { return s.listings, nil }

func (s *silent) Connect(context.Context, []exchange.Listing) (exchange.Stream, error) {
	return &silence{closed: make(chan struct{})}, nil
}

func (s *silent) Fetch(_ context.Context, l exchange.Listing) (ticker.Update, error) {
	if s.began.Load() == 0 {
		s.began.CompareAndSwap(0, time.Now().UnixNano())
	}
	return ticker.Update{Ticker: ticker.Ticker{Market: l.Market}, Groups: ticker.AllGroups}, nil
}

// silence is its stream.
type silence struct {
	once   sync.Once
	closed chan struct{}
}

func (s *silence) Read(_ context.Context, dst []ticker.Update) ([]ticker.Update, error) {
	<-s.closed
	return dst, io.EOF
}

func (s *silence) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}
