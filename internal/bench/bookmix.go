package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// bookMixRows are reads of one market among writes: Get and Link.Stream of one
// update, by goroutines that each write the markets of their own connection and
// read those of all. An audit is on, as with every engine's Options by default.
func bookMixRows() []Row {
	var rows []Row
	for _, n := range []int{500, 5000} {
		for _, workers := range []int{1, 2, 8} {
			for _, writes := range []int{10, 50} {
				what := fmt.Sprintf("Book of %d markets, %d goroutines, %d %% writes, against a bare map under a Mutex", n, workers, writes)
				rows = append(rows, bookMixRow(fmt.Sprintf("book/%d/%d/%d%%", n, workers, writes), what, AtMost(1.3, ""), n, workers, writes))
			}
		}
	}
	return append(rows,
		bookMixRow("book/get", "Get alone, of 500 markets", Goal{}, 500, 1, 0),
		bookMixRow("book/apply", "apply alone, of 500 markets", Goal{}, 500, 1, 100),
	)
}

func bookMixRow(name, what string, goal Goal, markets, workers, writes int) Row {
	return Row{Name: name, What: what, Goal: goal, Pair: func(context.Context, Settings) (*Pair, error) {
		m, err := newBookMix(markets, workers, writes)
		if err != nil {
			return nil, err
		}
		return &Pair{
			Ours: Side{Name: "Book", Do: m.do((*bookWorker).book)},
			Bare: Side{Name: "map and slice", Do: m.do((*bookWorker).bare)},
		}, nil
	}}
}

// bookMix is a Book and a bare map of the same markets, and who uses them.
type bookMix struct {
	book    ticker.Book
	bare    *bare
	markets []ticker.Market
	workers []*bookWorker
}

// bookWorker is one goroutine of them.
type bookWorker struct {
	*bookMix
	link     *ticker.Link
	messages *messages
	ops      []bookOp
	at       int
	last     ticker.Ticker // as a caller keeps what it read
}

// bookOp is a read or a write of one market.
type bookOp struct {
	market ticker.Market
	write  bool
}

const bookOps = 1 << 13

func newBookMix(markets, workers, writes int) (*bookMix, error) {
	m := &bookMix{markets: bookMarkets(markets)}
	m.bare = newBare(m.markets)
	keeper, err := m.book.Keep("bench")
	if err != nil {
		return nil, err
	}
	keeper.Audit(time.Second, false)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range workers {
		own := m.markets[i*markets/workers : (i+1)*markets/workers]
		w := &bookWorker{bookMix: m, link: m.book.Link(own, bookFeed), messages: newMessages()}
		if err := w.messages.fill(w.link, own); err != nil {
			return nil, err
		}
		for i := range bookOps {
			op := bookOp{market: m.markets[r.IntN(markets)], write: i*writes/100 != (i+1)*writes/100}
			if op.write {
				op.market = own[r.IntN(len(own))]
			}
			w.ops = append(w.ops, op)
		}
		m.workers = append(m.workers, w)
	}
	return m, nil
}

// do has all workers do n operations in all.
func (m *bookMix) do(work func(w *bookWorker, n int) error) func(n int) error {
	return func(n int) error {
		var wg sync.WaitGroup
		errs := make([]error, len(m.workers))
		for i, w := range m.workers {
			wg.Go(func() { errs[i] = work(w, n*(i+1)/len(m.workers)-n*i/len(m.workers)) })
		}
		wg.Wait()
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		return nil
	}
}

func (w *bookWorker) next() *bookOp {
	w.at = (w.at + 1) % bookOps
	return &w.ops[w.at]
}

func (w *bookWorker) book(n int) error {
	for range n {
		op := w.next()
		if !op.write {
			w.last, _ = w.bookMix.book.Get(op.market)
			continue
		}
		us, at := w.messages.tell(op.market)
		if err := w.link.Stream(us, at); err != nil {
			return err
		}
	}
	return nil
}

func (w *bookWorker) bare(n int) error {
	for range n {
		op := w.next()
		if !op.write {
			w.last, _ = w.bookMix.bare.get(op.market)
			continue
		}
		us, at := w.messages.tell(op.market)
		w.bookMix.bare.put(&us[0].Ticker, at)
	}
	return nil
}
