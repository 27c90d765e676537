package simexchange

import (
	"math/rand/v2"

	"github.com/govalues/decimal"
)

// sizeScale is the number of decimals of sizes and volumes.
const sizeScale = 4

// walk makes the values of one market: a price that strolls, quotes around it,
// and the day's figures that follow from it. Prices are whole numbers of the
// smallest step, so that everything is exact.
type walk struct {
	price, open, high, low int64
	scale                  int
	volume                 int64
	seen                   map[int64]bool // prices and bids so far; nil: they may repeat
}

func newWalk(r *rand.Rand, volume int64, distinct bool) walk {
	w := walk{price: 1_000_000 + r.Int64N(9_000_000), volume: volume}
	// Mostly prices like 7533.094; some below 0.0001, which Python and others
	// write with an exponent.
	w.scale = [...]int{3, 3, 3, 3, 3, 3, 5, 5, 8, 11}[r.IntN(10)]
	w.open, w.high, w.low = w.price, w.price, w.price
	if distinct {
		w.seen = map[int64]bool{}
	}
	return w
}

func (w *walk) dec(coef int64) decimal.Decimal { return decimal.MustNew(coef, w.scale) }

// fresh returns a number near n, at most a thousandth away or as little more as
// is needed for one that has not been.
func (w *walk) fresh(r *rand.Rand, n int64) int64 {
	width := n/1000 + 1
	for {
		v := max(n-width+r.Int64N(2*width+1), 1)
		if w.seen == nil {
			return v
		}
		if !w.seen[v] {
			w.seen[v] = true
			return v
		}
		width++
	}
}

// forget lets prices and bids repeat that are none of these any more.
func (w *walk) forget(trades, quotes []Moment) {
	if w.seen == nil {
		return
	}
	w.seen = map[int64]bool{}
	for _, m := range append(trades[:len(trades):len(trades)], quotes...) {
		w.seen[int64(m.Values[0].Rescale(w.scale).Coef())] = true //nolint:gosec // it was an int64
	}
}

func size(r *rand.Rand) int64 { return 1 + r.Int64N(100_000) }

// trade moves the price.
func (w *walk) trade(r *rand.Rand) Values {
	w.price = w.fresh(r, w.price)
	w.high, w.low = max(w.high, w.price), min(w.low, w.price)
	n := size(r)
	w.volume += n
	return Values{w.dec(w.price), decimal.MustNew(n, sizeScale)}
}

// quote puts a new bid and ask around the price.
func (w *walk) quote(r *rand.Rand) Values {
	bid := w.fresh(r, w.price)
	ask := bid + 1 + r.Int64N(bid/1000+1)
	return Values{w.dec(bid), decimal.MustNew(size(r), sizeScale), w.dec(ask), decimal.MustNew(size(r), sizeScale)}
}

func (w *walk) stats() Values {
	return Values{w.dec(w.open), w.dec(w.high), w.dec(w.low), decimal.MustNew(w.volume, sizeScale)}
}

// set makes the walk go on from a price that was set by hand.
func (w *walk) set(price decimal.Decimal) {
	if p := price.Rescale(w.scale); p.IsPos() && p.Coef() < 1<<62 {
		w.price = int64(p.Coef()) //nolint:gosec // it was compared
		w.high, w.low = max(w.high, w.price), min(w.low, w.price)
	}
}
