package bench

import (
	"context"

	"github.com/tickersync/tickersync/ticker"
)

// bookAllRow compares AppendAll, which orders the tickers and says how fresh each is,
// with the copying of as many bytes.
func bookAllRow() Row {
	return Row{
		Name: "book/all", Goal: AtMost(3, ""),
		What: "AppendAll of 5000 markets into a reused slice, against a memcpy of as many bytes",
		Pair: func(context.Context, Settings) (*Pair, error) {
			m, err := newBookMix(5000, 1, 100)
			if err != nil {
				return nil, err
			}
			var all []ticker.Ticker
			copied := make([]ticker.Ticker, len(m.markets))
			return &Pair{
				Ours: Side{Name: "AppendAll", Do: func(n int) error {
					for range n {
						all = m.book.AppendAll(all[:0])
					}
					return nil
				}},
				Bare: Side{Name: "copy", Do: func(n int) error {
					for range n {
						copy(copied, m.bare.tickers)
					}
					return nil
				}},
			}, nil
		},
	}
}
