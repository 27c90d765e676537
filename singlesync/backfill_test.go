package singlesync_test

import (
	"context"
	"errors"
	"fmt"
	gosync "sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/engine"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// fake is an exchange whose stream tells what a test says, and whose answers take
// as long.
type fake struct {
	feed    exchange.Feed
	markets []ticker.Market
	later   []ticker.Market // in the second list, too
	takes   time.Duration
	tell    chan []ticker.Update

	mu           gosync.Mutex
	asked        []ticker.Market
	flying, most int
	lists        int
	fails        map[ticker.Market]int // so often yet
}

func newFake(ms ...ticker.Market) *fake {
	f := &fake{markets: ms, tell: make(chan []ticker.Update), fails: make(map[ticker.Market]int)}
	f.feed.Trade = ticker.Told{Kind: ticker.EveryChange, REST: true}
	f.feed.Budget = exchange.NewBudget(1, 1)
	return f
}

func (f *fake) Name() string        { return "fake" }
func (f *fake) Feed() exchange.Feed { return f.feed }

func (f *fake) Markets(context.Context) (ls []exchange.Listing, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lists++; f.lists == 2 {
		f.markets = append(f.markets, f.later...)
	}
	for _, m := range f.markets {
		ls = append(ls, exchange.Listing{Market: m, Trading: true})
	}
	return ls, nil
}

func (f *fake) Connect(context.Context, []exchange.Listing) (exchange.Stream, error) {
	return stream{f}, nil
}

func (f *fake) Fetch(_ context.Context, l exchange.Listing) (ticker.Update, error) {
	f.mu.Lock()
	f.asked = append(f.asked, l.Market)
	f.flying++
	f.most = max(f.most, f.flying)
	fails := f.fails[l.Market] > 0
	f.fails[l.Market]--
	f.mu.Unlock()
	time.Sleep(f.takes)
	f.mu.Lock()
	f.flying--
	f.mu.Unlock()
	if fails {
		return ticker.Update{}, errors.New("no luck")
	}
	return update(l.Market, 1), nil
}

// requests are the markets asked for since the last call.
func (f *fake) requests() []ticker.Market {
	synctest.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	ms := f.asked
	f.asked = nil
	return ms
}

func update(m ticker.Market, p int64) ticker.Update {
	u := ticker.Update{Ticker: ticker.Ticker{Market: m}, Groups: ticker.TradeGroup}
	u.Trade.Price = decimal.MustNew(p, 0)
	return u
}

type stream struct{ *fake }

func (s stream) Read(ctx context.Context, dst []ticker.Update) ([]ticker.Update, error) {
	select {
	case us := <-s.tell:
		return append(dst, us...), nil
	case <-ctx.Done():
		return dst, ctx.Err()
	}
}

func (s stream) Close() error { return nil }

// play runs the engine on a fake in virtual time.
func play(t *testing.T, src *fake, o singlesync.Options, f func(*testing.T, *ticker.Book)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		src.tell = make(chan []ticker.Update) // of this bubble
		src.feed.Budget = budget(src.feed.Budget)
		var book ticker.Book
		ctx, cancel := context.WithCancel(engine.WithSeed(context.Background(), 1))
		done := make(chan error, 1)
		o.Audit = -1 // its requests are not those that the tests count
		go func() { done <- singlesync.Run(ctx, &book, src, &o) }()
		defer func() {
			cancel()
			require.ErrorIs(t, <-done, context.Canceled)
		}()
		f(t, &book)
	})
}

// budget makes one like it in this bubble.
func budget(b *exchange.Budget) *exchange.Budget {
	if b == nil {
		return nil
	}
	return exchange.NewBudget(b.Rate(), b.Burst())
}

func ms(names ...ticker.Market) []ticker.Market { return names }

// What the stream tells while others are asked for is not asked for; progress and
// the time left are published.
func TestToldMeanwhile(t *testing.T) {
	src := newFake("A-X", "B-X", "C-X", "D-X")
	play(t, src, singlesync.Options{}, func(t *testing.T, book *ticker.Book) {
		time.Sleep(500 * time.Millisecond)
		st := book.Status()
		assert.Equal(t, ticker.Backfill{Fetched: 1, Pace: 1, Wanted: 3, Left: 3 * time.Second}, st.Backfill)
		assert.Len(t, st.Unknown, 3)
		src.tell <- []ticker.Update{update("B-X", 7), update("D-X", 7)}
		time.Sleep(time.Minute)
		assert.Equal(t, ms("A-X", "C-X"), src.requests())
		assert.Zero(t, book.Status().Backfill.Wanted)
	})
}

// Options.First, then what readers ask for, then the rest; a failure of First does
// not send it to the end.
func TestFirstAndReaders(t *testing.T) {
	src := newFake("A-X", "B-X", "C-X", "D-X", "E-X", "F-X", "G-X", "H-X")
	src.fails["F-X"] = 1
	play(t, src, singlesync.Options{First: ms("F-X", "C-X")}, func(t *testing.T, book *ticker.Book) {
		time.Sleep(10 * time.Millisecond)
		book.Get("G-X")
		_, err := book.Quote("E-X", time.Second)
		require.Error(t, err)
		require.NoError(t, book.WaitSynced(t.Context()))
		asked := src.requests()
		assert.Equal(t, ms("F-X", "C-X"), asked[:2])
		rest := asked[2:]
		again := 0
		for i, m := range rest {
			if m == "F-X" {
				again, rest = i, append(append(ms(), rest[:i]...), rest[i+1:]...)
				break
			}
		}
		assert.LessOrEqual(t, again, 2, "F-X comes again when its back-off is over: %v", asked)
		assert.Equal(t, ms("G-X", "E-X", "A-X", "B-X", "D-X", "H-X"), rest)
		assert.Equal(t, 1, book.Status().Backfill.Failed)
	})
}

// Several requests are in flight when a round trip is longer than the pace allows;
// without a budget it is one.
func TestRequestsInFlight(t *testing.T) {
	many := ms("A-X", "B-X", "C-X", "D-X", "E-X", "F-X", "G-X", "H-X", "I-X", "J-X")
	for name, c := range map[string]struct {
		budget *exchange.Budget
		most   int
		within time.Duration
	}{
		"paced":     {exchange.NewBudget(10, 1), 3, 1300 * time.Millisecond},
		"unlimited": {exchange.NewBudget(1e9, 1e9), 10, 400 * time.Millisecond},
		"no budget": {nil, 1, 3100 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			src := newFake(many...)
			src.feed.Budget, src.takes = c.budget, 290*time.Millisecond
			play(t, src, singlesync.Options{}, func(t *testing.T, book *ticker.Book) {
				began := time.Now()
				require.NoError(t, book.WaitSynced(t.Context()))
				assert.Less(t, time.Since(began), c.within)
				assert.Equal(t, c.most, src.most)
				assert.ElementsMatch(t, many, src.requests())
			})
		})
	}
}

// What the stream does not follow is asked for again when it is older than Refresh,
// what was read first; and once a connection without.
func TestRefresh(t *testing.T) {
	for _, kind := range []ticker.Kind{ticker.OnTrade, ticker.Never} {
		for _, refresh := range []time.Duration{0, time.Minute} {
			t.Run(kind.String()+"/"+refresh.String(), func(t *testing.T) {
				src := newFake("A-X", "B-X", "C-X")
				src.feed.Trade.Kind = kind
				play(t, src, singlesync.Options{Refresh: refresh}, func(t *testing.T, book *ticker.Book) {
					require.NoError(t, book.WaitSynced(t.Context()))
					require.Equal(t, ms("A-X", "B-X", "C-X"), src.requests())
					book.Get("C-X")
					time.Sleep(50 * time.Second)
					require.Empty(t, src.requests())
					time.Sleep(20 * time.Second)
					if refresh == 0 {
						require.Empty(t, src.requests())
						return
					}
					got := src.requests()
					assert.ElementsMatch(t, ms("A-X", "B-X", "C-X"), got)
					time.Sleep(time.Hour)
					assert.InDelta(t, 3*60, len(src.requests()), 10)
					for m := range book.All() {
						assert.LessOrEqual(t, m.Trade.Age(), 65*time.Second)
					}
				})
			})
		}
	}
}

// With less budget than that takes, what was read is asked for before the rest.
func TestRefreshReadFirst(t *testing.T) {
	var all []ticker.Market
	for i := range 26 {
		all = append(all, ticker.Market(string(rune('A'+i))+"-X"))
	}
	src := newFake(all...)
	src.feed.Trade.Kind = ticker.Never
	play(t, src, singlesync.Options{Refresh: time.Second}, func(t *testing.T, book *ticker.Book) {
		require.NoError(t, book.WaitSynced(t.Context()))
		src.requests()
		for range 10 * 60 {
			book.Get("Q-X")
			time.Sleep(time.Second)
		}
		n := 0
		seen := make(map[ticker.Market]bool)
		for _, m := range src.requests() {
			seen[m] = true
			if m == "Q-X" {
				n++
			}
		}
		t.Logf("Q-X was asked for %d times of 600", n)
		assert.Greater(t, n, 600/26)
		assert.Len(t, seen, 26, "the others have their turn")
	})
}

// A long backfill does not keep a new listing waiting that goes first.
func TestFirstIsListedLater(t *testing.T) {
	var all []ticker.Market
	for i := range 200 {
		all = append(all, ticker.Market(fmt.Sprintf("M%03d-X", i)))
	}
	src := newFake(all...)
	src.later = ms("NEW-X")
	o := singlesync.Options{First: ms("NEW-X"), Relist: 20 * time.Second}
	play(t, src, o, func(t *testing.T, book *ticker.Book) {
		time.Sleep(40 * time.Second)
		assert.Contains(t, src.requests(), ticker.Market("NEW-X"))
	})
}
