package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/ticker/arbitrage"
)

// describe says what has become of a signal, in a line of numbers and a line of
// what they come from. Money is for one unit and in quote currency, but for what
// is gained by taking a quantity.
func describe(s *arbitrage.Signal, impact arbitrage.Impact) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %-6s #%d %s  spread %v (%v %%)  net %v (%v %%)", s.At.Format("15:04:05.000"), s.Event, s.ID, s.Market,
		s.Spread, s.Percent.Round(4), s.Net, s.NetPercent.Round(4))
	if s.Event == arbitrage.Closed {
		fmt.Fprintf(&b, "  %s after %v, best %v", s.Reason, s.At.Sub(s.Opened).Round(time.Millisecond), s.Best)
	} else {
		b.WriteString(sizing(s, impact))
	}
	fmt.Fprintf(&b, "\n             buy on %s; sell on %s\n", leg(&s.Buy), leg(&s.Sell))
	return b.String()
}

// sizing says how much to take, for what, and where that is used up. Quantities
// have eight decimals at most, as exchanges take them.
func sizing(s *arbitrage.Signal, impact arbitrage.Impact) string {
	z, err := arbitrage.Size(s.Pair, impact)
	if err != nil {
		return ""
	}
	o, err := z.At(z.Best.Floor(8))
	if err != nil || o.Quantity.IsZero() {
		return "" // no size is told, and no impact expected
	}
	text := fmt.Sprintf("  take %v for %v", o.Quantity.Trim(0), o.Net.Round(8).Trim(0))
	if z.BreakEven.IsPos() {
		text += fmt.Sprintf(", at %v nothing is left", z.BreakEven.Floor(8).Trim(0))
	}
	return text
}

func leg(s *arbitrage.Side) string {
	size := "size not told"
	if s.Size.IsPos() {
		size = s.Size.String() + " there"
	}
	hundred := decimal.MustNew(100, 0)
	fee, err := s.Fee.Mul(hundred)
	if err != nil {
		fee = s.Fee
	}
	return fmt.Sprintf("%s %s at %v (%s, fee %v %%, %v old)", s.Exchange, s.Market, s.Price, size, fee.Trim(0), s.Age.Round(time.Millisecond))
}

// summary counts what was told.
type summary struct {
	opened int
	lives  []time.Duration
	closed map[arbitrage.Reason]int
	best   arbitrage.Signal // with the greatest net in percent
}

func (m *summary) add(s *arbitrage.Signal) {
	if m.opened == 0 || m.best.NetPercent.Less(s.NetPercent) {
		m.best = *s
	}
	switch s.Event {
	case arbitrage.Opened:
		m.opened++
	case arbitrage.Closed:
		if m.closed == nil {
			m.closed = map[arbitrage.Reason]int{}
		}
		m.closed[s.Reason]++
		m.lives = append(m.lives, s.At.Sub(s.Opened))
	default:
	}
}

// String is a line or two for people.
func (m *summary) String() string {
	if m.opened == 0 {
		return "no signals\n"
	}
	var why []string
	for _, r := range slices.Sorted(maps.Keys(m.closed)) {
		why = append(why, fmt.Sprintf("%d %s", m.closed[r], r))
	}
	slices.Sort(m.lives)
	text := fmt.Sprintf("%d opened, closed: %s", m.opened, strings.Join(why, ", "))
	if n := len(m.lives); n > 0 {
		text += fmt.Sprintf("; half of them within %v", m.lives[n/2].Round(time.Millisecond))
	}
	return fmt.Sprintf("%s\nbest: #%d %s, %v %% net\n", text, m.best.ID, m.best.Market, m.best.NetPercent.Round(4))
}
