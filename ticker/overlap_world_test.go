package ticker

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/govalues/decimal"
)

// overlapWorld is an exchange that knows the truth, seen through links that overlap, each
// with delays of its own.
type overlapWorld struct {
	rng     *rand.Rand
	feed    Feed
	told    [groups]Told
	keyed   [groups]bool
	clock   bool // frames carry the exchange's time
	initial bool // a ticker is sent on subscribing
	lag     time.Duration
	beat    time.Duration
	markets []Market
	truth   [][groups][]version // by market
	began   time.Time
	until   time.Duration
}

// version is a value from a moment on, until the next. Its prices repeat, as real
// ones do: that it is another shows in the size, which nothing but keys compares.
type version struct {
	at    time.Duration
	trade bool // a trade told it: OnTrade groups are told by those only
}

// frame is what a link tells at once; without updates it is a heartbeat.
type frame struct {
	sent, arrives time.Duration
	us            []Update
}

func newOverlapWorld(seed uint64) *overlapWorld {
	r := rand.New(rand.NewPCG(seed, 5))
	w := &overlapWorld{
		rng: r, clock: r.IntN(3) == 0, initial: r.IntN(2) == 0, began: time.Now(), until: 90 * time.Second,
		lag:  []time.Duration{20 * time.Millisecond, 300 * time.Millisecond, 1900 * time.Millisecond}[r.IntN(3)],
		beat: time.Duration(200+r.IntN(800)) * time.Millisecond,
	}
	for g := range groups {
		t := Told{Kind: []Kind{EveryChange, EveryChange, Throttled, Throttled, OnTrade, Never}[r.IntN(6)], REST: true}
		if t.Kind == Throttled {
			t.Delay = time.Duration(250+r.IntN(1500)) * time.Millisecond
		}
		w.told[g], w.keyed[g] = t, r.IntN(2) == 0
	}
	w.feed = Feed{Trade: w.told[0], Quote: w.told[1], Stats: w.told[2]}
	for _, m := range fuzzMarkets[:4] {
		var truth [groups][]version
		for g := range groups {
			rate := []float64{0.02, 0.1, 1, 6}[r.IntN(4)] // changes a second
			for at := time.Duration(0); at < w.until-20*time.Second; at += w.upTo(2 / rate) {
				truth[g] = append(truth[g], version{at, r.IntN(2) == 0})
			}
			truth[g][0].trade = true
		}
		w.markets, w.truth = append(w.markets, m), append(w.truth, truth)
	}
	return w
}

func (w *overlapWorld) upTo(seconds float64) time.Duration {
	return time.Duration(w.rng.Float64() * seconds * float64(time.Second))
}

func (w *overlapWorld) now() time.Duration { return time.Since(w.began) }

// at is the number of the version that was true at a moment; told, of the last
// that the stream could tell then.
func (w *overlapWorld) at(m, g int, at time.Duration, told bool) int {
	v := 0
	for i, x := range w.truth[m][g] {
		if x.at <= at && (!told || w.told[g].Kind != OnTrade || x.trade) {
			v = i
		}
	}
	return v
}

// update tells one version of a group.
func (w *overlapWorld) update(m, g, v int, sent time.Duration) Update {
	u := Update{Groups: 1 << g}
	if w.told[g].Kind == OnTrade {
		u.Age = sent - w.truth[m][g][v].at
	}
	u.Market = w.markets[m]
	price, size := decimal.MustNew(int64(1+v%2), 0), decimal.MustNew(int64(v+1), 0)
	u.Trade.Price, u.Trade.Size = price, size
	u.Quote.Bid, u.Quote.BidSize = price, size
	u.Stats.Open, u.Stats.Volume = price, size
	if w.keyed[g] {
		u.stamp(g).Key = uint64(w.key(m, g, v))
	}
	if w.clock {
		u.stamp(g).Time = w.began.Add(sent - time.Hour)
	}
	return u
}

// key is the order key of a version: where only trades tell, it counts those.
func (w *overlapWorld) key(m, g, v int) int {
	for w.told[g].Kind == OnTrade && !w.truth[m][g][v].trade {
		v--
	}
	return v + 1
}

// shows is the version of a group that a ticker holds.
func shows(t *Ticker, g int) int {
	return int(whole([]decimal.Decimal{t.Trade.Size, t.Quote.BidSize, t.Stats.Volume}[g])) - 1
}

// subscribe returns all that a connection tells which the exchange has begun to
// serve at a moment, in its order, as it arrives.
func (w *overlapWorld) subscribe(from time.Duration) (fs []frame) {
	tell := func(m, g, v int, sent time.Duration) {
		fs = append(fs, frame{sent: sent, us: []Update{w.update(m, g, v, sent)}})
	}
	for m := range w.markets {
		for g, t := range w.told {
			last := -1
			if w.initial && t.Kind != Never {
				last = w.at(m, g, from, true)
				tell(m, g, last, from)
			}
			switch t.Kind {
			case EveryChange, OnTrade:
				for v, x := range w.truth[m][g] {
					if x.at > from && (t.Kind == EveryChange || x.trade) {
						tell(m, g, v, x.at)
					}
				}
			case Throttled:
				first := w.at(m, g, from, false)
				for sent := from + w.upTo(t.Delay.Seconds()); sent < w.until; sent += t.Delay {
					if v := w.at(m, g, sent, false); v != last && v != first {
						tell(m, g, v, sent)
						last, first = v, -1
					}
				}
			}
		}
	}
	for sent := from; sent < w.until; sent += w.beat {
		fs = append(fs, frame{sent: sent})
	}
	slices.SortStableFunc(fs, func(a, b frame) int { return int(a.sent - b.sent) })
	var last time.Duration
	for i := range fs {
		last = max(last, fs[i].sent+w.upTo(w.lag.Seconds()))
		fs[i].arrives = last
	}
	return fs
}
