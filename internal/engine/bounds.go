package engine

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// What an exchange may make a Book hold. No exchange lists 10,000 markets, nor
// has one a name of 40 characters.
const (
	maxMarkets = 100_000
	maxName    = 64 // bytes
)

var errName = errors.New("a market of that name is not taken")

// named returns the listings whose markets have names that can be shown; the
// others are counted as unreadable.
func (r *Run) named(ls []exchange.Listing) []exchange.Listing {
	kept := make([]exchange.Listing, 0, len(ls))
	for _, l := range ls {
		if isName(string(l.Market)) {
			kept = append(kept, l)
			continue
		}
		r.Keeper.Bad(exchange.NewFrameError(r.src.Name(), "", []byte(l.Market), errName))
	}
	return kept
}

func isName(m string) bool {
	return m != "" && len(m) <= maxName && !strings.ContainsFunc(m, func(c rune) bool {
		return c == unicode.ReplacementChar || c == ' ' || !unicode.IsPrint(c)
	})
}

// room is an error where the Book would hold more markets than it may.
func (r *Run) room(ls []ticker.Listed) error {
	most := r.o.Most
	if most <= 0 {
		most = maxMarkets
	}
	if r.Keeper.Room(ls, most) {
		return nil
	}
	return fmt.Errorf("%d markets, with which the Book would hold more than the %d of Options.MaxMarkets", len(ls), most)
}
