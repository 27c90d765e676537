package bench

import (
	"context"
	"fmt"
	"sync/atomic"
)

// bookGrowthRows are how costs grow with the markets, and with the connections.
func bookGrowthRows() []Row {
	return []Row{
		{
			Name: "book/growth/apply", Goal: AtMost(2, ""), What: "growth of an apply from 1000 to 100,000 markets, against that of a bare map",
			Measure: bookGrowth(100),
		},
		{
			Name: "book/growth/get", Goal: AtMost(2, ""), What: "growth of Get",
			Measure: bookGrowth(0),
		},
		{
			Name: "book/growth/link", Goal: AtMost(1.2, ""), What: "decoding and applying by one connection while a second one does so, against alone",
			Measure: bookSecond,
		},
	}
}

func bookGrowth(writes int) func(context.Context, Settings) (Result, error) {
	return func(ctx context.Context, s Settings) (Result, error) {
		var sides []Side
		many := 100_000
		if s.Quick {
			many = 2000
		}
		for _, n := range []int{1000, many} {
			m, err := newBookMix(n, 1, writes)
			if err != nil {
				return Result{}, err
			}
			sides = append(sides, Side{Do: m.do((*bookWorker).book)}, Side{Do: m.do((*bookWorker).bare)})
		}
		all, err := turns(ctx, s, sides)
		if err != nil {
			return Result{}, err
		}
		var r Result
		var ours, theirs []float64
		for i := range all[0] {
			ours, theirs = append(ours, all[2][i]/all[0][i]), append(theirs, all[3][i]/all[1][i])
			r.Values = append(r.Values, ours[i]/theirs[i])
		}
		r.Note = fmt.Sprintf("%s times against %s times", figure(quantile(ours, 0.5)), figure(quantile(theirs, 0.5)))
		return r, nil
	}
}

// bookSecond has one goroutine read and apply messages as a connection does, alone and
// while another one does the same with other markets of the same Book. On a machine
// whose processors share what they compute with, the decoding alone would take longer
// beside another: so alone, the other one decodes and applies to a Book of its own.
func bookSecond(ctx context.Context, s Settings) (Result, error) {
	shared, err := newBookMix(1000, 2, 100)
	if err != nil {
		return Result{}, err
	}
	other, err := newBookMix(1000, 2, 100)
	if err != nil {
		return Result{}, err
	}
	beside := func(second *bookWorker) Side {
		return Side{Do: func(n int) error {
			var stop atomic.Bool
			ended := make(chan error)
			go func() {
				var err error
				for err == nil && !stop.Load() {
					err = second.decoded(100)
				}
				ended <- err
			}()
			err := shared.workers[0].decoded(n)
			stop.Store(true)
			if second := <-ended; err == nil {
				err = second
			}
			return err
		}}
	}
	return Ratio(ctx, s, &Pair{Ours: beside(shared.workers[1]), Bare: beside(other.workers[1])}, true)
}

// decoded decodes a message for each that it applies.
func (w *bookWorker) decoded(n int) error {
	var c coinbase
	read := flatCoinbase()
	for range n {
		if err := read(coinbaseTicker, &c); err != nil {
			return err
		}
		us, at := w.messages.tell(w.next().market)
		us[0].Trade.Price, us[0].Quote.Bid, us[0].Quote.Ask = c.Price, c.Bid, c.Ask
		if err := w.link.Stream(us, at); err != nil {
			return err
		}
	}
	return nil
}
