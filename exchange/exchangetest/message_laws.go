package exchangetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

func lawWholeGroups(b *bench) error {
	s, ls, err := b.open()
	if err != nil {
		return err
	}
	defer s.Close()
	newest := make(map[spot]uint64)
	for n := range 60 {
		us, err := b.tells(s, ls[n%len(ls)].Market)
		if err != nil {
			return err
		}
		for i := range us {
			if err := b.whole(&us[i], newest); err != nil {
				return err
			}
		}
	}
	return nil
}

// whole looks at one update: each group that it names has all its values, they
// are of one moment, and no older than what came before.
func (b *bench) whole(u *ticker.Update, newest map[spot]uint64) error {
	if u.Groups == 0 {
		return fmt.Errorf("an update of %s names no group", u.Market)
	}
	for _, g := range eachGroup() {
		zero := u.Ticker
		zero.Market = ""
		if !u.Groups.Has(g) {
			if held(&zero, g) != (simexchange.Values{}) {
				return fmt.Errorf("an update of %s holds values of group %d, which it does not name", u.Market, g)
			}
			continue
		}
		v, ok := b.sees(u, g)
		if !ok {
			return fmt.Errorf("the exchange never had group %d of %s as the stream tells it: %+v", g, u.Market, held(&u.Ticker, g))
		}
		s := spot{u.Market, g}
		if v < newest[s] {
			return fmt.Errorf("group %d of %s steps back from version %d to %d", g, u.Market, newest[s], v)
		}
		newest[s] = v
		if q := u.Quote; g == ticker.QuoteGroup && (q.Bid.IsZero() || q.Ask.IsZero()) {
			return fmt.Errorf("a quote of %s has lost a side that the exchange has: %+v", u.Market, q)
		}
	}
	return nil
}

func held(t *ticker.Ticker, g ticker.Groups) simexchange.Values {
	switch g {
	case ticker.TradeGroup:
		return simexchange.Values{t.Trade.Price, t.Trade.Size}
	case ticker.QuoteGroup:
		return simexchange.Values{t.Quote.Bid, t.Quote.BidSize, t.Quote.Ask, t.Quote.AskSize}
	}
	return simexchange.Values{t.Stats.Open, t.Stats.High, t.Stats.Low, t.Stats.Volume}
}

func lawHonestTimes(b *bench) error {
	if got, want := b.src.Feed().Feed, b.traits.Feed; !sameKinds(got, want) {
		return fmt.Errorf("what Feed declares %+v is not how the exchange tells its groups: %+v", got, want)
	}
	s, ls, err := b.open()
	if err != nil {
		return err
	}
	defer s.Close()
	for n := range 20 {
		time.Sleep(3 * time.Second)
		us, err := b.tells(s, ls[n%len(ls)].Market)
		if err != nil {
			return err
		}
		for i := range us {
			if err := b.timed(&us[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func sameKinds(a, b ticker.Feed) bool {
	for _, g := range eachGroup() {
		x, y := told(a, g), told(b, g)
		if x.Kind != y.Kind || x.REST != y.REST || x.Delay < y.Delay || x.CacheAge < y.CacheAge {
			return false
		}
	}
	return true
}

// timed looks at the times of one update. The exchange's clock is an hour ahead.
func (b *bench) timed(u *ticker.Update) error {
	for _, g := range eachGroup() {
		st := stamp(&u.Ticker, g)
		if !u.Groups.Has(g) || st.Time.IsZero() {
			continue
		}
		if ours := time.Until(st.Time); ours < skew/2 {
			return fmt.Errorf("group %d of %s has a Time by our clock, not the exchange's", g, u.Market)
		}
		if ahead := time.Until(st.Time); ahead > skew+time.Second {
			return fmt.Errorf("group %d of %s has a Time %v after the exchange's clock", g, u.Market, ahead-skew)
		}
	}
	return nil
}

func lawExactNumbers(b *bench) error {
	s, ls, err := b.open()
	if err != nil {
		return err
	}
	defer s.Close()
	rng := rand.New(rand.NewPCG(1, 5))
	m, g := ls[0].Market, b.streamed()
	for range 40 {
		u := ticker.Update{Ticker: ticker.Ticker{Market: m}, Groups: ticker.AllGroups}
		price, tick := exactly(rng, b.traits.PriceDecimals)
		u.Trade.Price, u.Trade.Size = price, decimal.MustNew(1+rng.Int64N(1e9), 8)
		ask, err := price.Add(tick)
		if err != nil {
			return err
		}
		u.Quote.Bid, u.Quote.BidSize, u.Quote.Ask, u.Quote.AskSize = price, decimal.MustNew(3, 1), ask, decimal.MustNew(7, 8)
		u.Stats.Open, u.Stats.High, u.Stats.Low, u.Stats.Volume = price, ask, price, decimal.MustNew(123456789, 3)
		b.sim.Set(u)
		now := b.sim.VersionAt(m, g, time.Now())
		if _, err := b.told(s, func(us []ticker.Update) bool {
			for i := range us {
				if v, ok := b.sees(&us[i], g); us[i].Groups.Has(g) && ok && v >= now {
					return true
				}
			}
			return false
		}); err != nil {
			return fmt.Errorf("%v and %v are not told as they are: %w", price, ask, err)
		}
	}
	return nil
}

// exactly draws a price of up to 13 digits that no float64 arithmetic survives,
// and the least step of it. If most is not zero, it has no more decimals.
func exactly(rng *rand.Rand, most int) (price, tick decimal.Decimal) {
	scale := rng.IntN(9)
	if most > 0 {
		scale = min(scale, most)
	}
	return decimal.MustNew(1+rng.Int64N(1e13), scale), decimal.MustNew(1, scale)
}

func lawJunk(b *bench) error {
	s, ls, err := b.open()
	if err != nil {
		return err
	}
	defer s.Close()
	for _, kind := range simexchange.Junks() {
		b.sim.Junk(kind)
		time.Sleep(50 * time.Millisecond)
		us, err := b.tells(s, ls[0].Market)
		if err != nil {
			return fmt.Errorf("after a frame of junk (%v): %w", kind, err)
		}
		for i := range us {
			for _, g := range eachGroup() {
				_, listed := b.sim.Truth(us[i].Market) // a Link drops the others
				if _, ok := b.sees(&us[i], g); listed && us[i].Groups.Has(g) && !ok {
					return fmt.Errorf("junk (%v) was told as group %d: %+v", kind, g, held(&us[i].Ticker, g))
				}
			}
		}
	}
	return nil
}

func lawErrors(b *bench) error {
	ls, err := b.list()
	if err != nil {
		return err
	}
	for what, ask := range b.requests(ls) {
		for _, c := range []struct {
			f    simexchange.Failure
			name string
			ok   func(err error, status int) error
		}{
			{simexchange.Limited("7"), "429 with Retry-After: 7", limited(7 * time.Second)},
			{simexchange.Banned("120"), "418 with Retry-After: 120", limited(2 * time.Minute)},
			{simexchange.Limited(""), "429", limited(0)},
			{simexchange.Status(500), "500", passing},
			{simexchange.Status(503), "503", passing},
			{simexchange.HTML(), "HTML with status 200", passing},
			{simexchange.Cut(), "a cut answer", passing},
			{simexchange.Status(401), "401", permanent},
		} {
			b.sim.Fail(-1, c.f)
			err := ask()
			b.sim.Fail(0, simexchange.Failure{})
			if err := c.ok(err, b.lastStatus()); err != nil {
				return fmt.Errorf("%s, answered with %s: %w", what, c.name, err)
			}
			time.Sleep(3 * time.Minute) // the budget may be paused
		}
		if err := ask(); err != nil {
			return fmt.Errorf("%s after errors: %w", what, err)
		}
	}
	return nil
}

// lastStatus is what the exchange answered last, in its own way: some answer 200
// to everything, and tell their errors in the body.
func (b *bench) lastStatus() int {
	rs := b.sim.Requests()
	return rs[len(rs)-1].Status
}

func limited(after time.Duration) func(error, int) error {
	return func(err error, status int) error {
		var limit *exchange.RateLimitError
		told := status == http.StatusTooManyRequests || status == http.StatusTeapot
		if !errors.As(err, &limit) || told && limit.RetryAfter != after {
			return fmt.Errorf("want a *exchange.RateLimitError with RetryAfter %v, got %w", after, orNothing(err))
		}
		return nil
	}
}

func passing(err error, _ int) error {
	var limit *exchange.RateLimitError
	if err == nil || exchange.IsPermanent(err) || errors.As(err, &limit) {
		return fmt.Errorf("want an error that can get better, got %w", orNothing(err))
	}
	return nil
}

func permanent(err error, status int) error {
	if err == nil || status == http.StatusUnauthorized && !exchange.IsPermanent(err) {
		return fmt.Errorf("want exchange.Permanent, got %w", orNothing(err))
	}
	return nil
}

func orNothing(err error) error {
	if err == nil {
		return errors.New("no error")
	}
	return err
}
