package bench

import (
	"context"
	"fmt"
	"runtime"

	"github.com/tickersync/tickersync/internal/flood"
)

// allocsRows count what is allocated between the socket and the Book, by everything in
// the process: the websocket library and the server, too.
func allocsRows() []Row {
	return []Row{
		{
			Name: "allocs/coinbase", Goal: AtMost(0, "a message"),
			What:    "allocations from the socket to the Book, tickers of Coinbase over nhooyr",
			Measure: allocs(coinbaseVenue),
		},
		{
			Name: "allocs/binance", Goal: AtMost(0, "a message"),
			What:    "the same, tickers of Binance",
			Measure: allocs(func() *venue { return binanceVenue(false) }),
		},
	}
}

// allocs counts the allocations of a message. As testing.AllocsPerRun does it leaves out
// the fraction, which is what a turn, a second or a connection costs.
func allocs(venue func() *venue) func(context.Context, Settings) (Result, error) {
	return func(ctx context.Context, s Settings) (Result, error) {
		v := venue()
		server, err := flood.NewServer(v.rest, v.said)
		if err != nil {
			return Result{}, err
		}
		defer server.Close()
		r, err := v.open(ctx, server, nil)
		if err != nil {
			return Result{}, err
		}
		defer r.close()
		n := 20_000
		if s.Quick {
			n = 1000
		}
		var out Result
		var all uint64
		for range s.Rounds + 1 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if err := r.do(n); err != nil {
				return Result{}, err
			}
			runtime.ReadMemStats(&after)
			out.Values = append(out.Values, float64((after.Mallocs-before.Mallocs)/uint64(n)))
			all += after.Mallocs - before.Mallocs
		}
		out.Values = out.Values[1:] // the first one warms
		out.Note = fmt.Sprintf("%d in all for %d messages", all, n*len(out.Values))
		return out, nil
	}
}
