package exchangetest

import (
	"fmt"
	"strings"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// requests returns what the adapter asks REST for.
func (b *bench) requests(ls []exchange.Listing) map[string]func() error {
	asks := make(map[string]func() error)
	if s, ok := b.src.(exchange.Snapshotter); ok {
		asks["Snapshot"] = func() error {
			_, err := s.Snapshot(b.ctx)
			return err
		}
	}
	if f, ok := b.src.(exchange.Fetcher); ok {
		asks["Fetch"] = func() error {
			_, err := f.Fetch(b.ctx, ls[0])
			return err
		}
	}
	before := len(b.sim.Requests())
	if _, err := b.src.Markets(b.ctx); err == nil && len(b.sim.Requests()) > before {
		asks["Markets"] = func() error {
			_, err := b.src.Markets(b.ctx)
			return err
		}
	}
	return asks
}

func lawNames(b *bench) error {
	truth := make(map[ticker.Market]bool)
	for i, m := range b.sim.Markets() {
		truth[m.Market] = true
		if i == 1 {
			b.sim.Halt(m.Market)
		}
	}
	ls, err := b.src.Markets(b.ctx)
	if err != nil {
		return fmt.Errorf("in Markets: %w", err)
	}
	seen, symbols := make(map[ticker.Market]bool), make(map[string]bool)
	for _, l := range ls {
		base, quote := l.Market.Split()
		switch {
		case base == "" || quote == "" || string(l.Market) != strings.ToUpper(string(l.Market)):
			return fmt.Errorf("%q is not BASE-QUOTE in upper case", l.Market)
		case seen[l.Market]:
			return fmt.Errorf("%s is listed twice", l.Market)
		case l.Symbol == "" || l.RESTSymbol == "":
			return fmt.Errorf("%s has no symbol", l.Market)
		case symbols[l.Symbol]:
			return fmt.Errorf("two markets have the symbol %q", l.Symbol)
		case base == "XBT" || base == "XDG" || quote == "XBT" || quote == "XDG":
			return fmt.Errorf("%s is not a common name", l.Market)
		}
		seen[l.Market], symbols[l.Symbol] = true, true
		if now, ok := b.sim.ListedAt(l.Market, b.now()); ok && b.traits.Halts && now.Trading != l.Trading {
			return fmt.Errorf("%s is listed with Trading %v, and the exchange says %v", l.Market, l.Trading, now.Trading)
		}
	}
	for m := range truth {
		if !seen[m] {
			return fmt.Errorf("the exchange lists %s, and Markets does not", m)
		}
	}
	return b.answersByName(ls)
}

// answersByName looks whether answers are about the markets that were asked for.
func (b *bench) answersByName(ls []exchange.Listing) error {
	if f, ok := b.src.(exchange.Fetcher); ok {
		for _, l := range ls {
			if !l.Trading {
				continue
			}
			u, err := f.Fetch(b.ctx, l)
			if err != nil {
				return fmt.Errorf("in Fetch of %s: %w", l.Market, err)
			}
			if u.Market != l.Market {
				return fmt.Errorf("in Fetch: asked for %s, answered for %q", l.Market, u.Market)
			}
			if err := b.answered(&u); err != nil {
				return fmt.Errorf("in Fetch: %w", err)
			}
		}
	}
	if s, ok := b.src.(exchange.Snapshotter); ok {
		us, err := s.Snapshot(b.ctx)
		if err != nil {
			return fmt.Errorf("in Snapshot: %w", err)
		}
		told := make(map[ticker.Market]bool)
		for i := range us {
			told[us[i].Market] = true
			if err := b.answered(&us[i]); err != nil {
				return fmt.Errorf("in Snapshot: %w", err)
			}
		}
		for _, l := range ls {
			if l.Trading && !told[l.Market] {
				return fmt.Errorf("in Snapshot: no answer for %s", l.Market)
			}
		}
	}
	return nil
}

// answered looks whether an answer carries the groups that Feed says, with values
// that the exchange had.
func (b *bench) answered(u *ticker.Update) error {
	f := b.src.Feed().Feed
	for _, g := range eachGroup() {
		if told(f, g).REST && !u.Groups.Has(g) {
			return fmt.Errorf("the answer for %s lacks group %d, which Feed says REST carries", u.Market, g)
		}
		if _, ok := b.sees(u, g); u.Groups.Has(g) && !ok {
			return fmt.Errorf("the exchange never had group %d of %s as answered: %+v", g, u.Market, held(&u.Ticker, g))
		}
	}
	return nil
}
