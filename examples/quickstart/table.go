package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// look shows the Book until ctx ends: ten times a second on a terminal, once a
// second in a plain line elsewhere.
func (s *show) look(ctx context.Context) {
	every := time.Second
	if s.screen.Terminal() {
		every = time.Second / 10
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	var ts []ticker.Ticker
	for {
		select {
		case <-ctx.Done():
			s.screen.Keep() // the last table stays
			return
		case <-tick.C:
		}
		ts = s.book.AppendAll(ts[:0])
		st, oldest := s.book.Status(), s.oldest(ts)
		if s.screen.Terminal() {
			s.screen.Foot(table(st, oldest, ts, s.rows)...)
		} else {
			s.say("%s", line(st, oldest, ts))
		}
	}
}

// oldest returns the greatest age of the tickers, and remembers the greatest of
// all.
func (s *show) oldest(ts []ticker.Ticker) time.Duration {
	var oldest time.Duration
	for i := range ts {
		oldest = max(oldest, ts[i].Trade.Age())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.worst = max(s.worst, oldest)
	return oldest
}

// table is the state of the Book and those of its markets that have a row.
func table(st ticker.Status, oldest time.Duration, ts []ticker.Ticker, rows []ticker.Market) []string {
	lines := []string{
		"",
		fmt.Sprintf("  %-10s  %d of %d markets known, oldest price %s", strings.ToUpper(st.State.String()), st.Known, st.Total, short(oldest)),
		"",
		"  MARKET             PRICE     AGE  FROM",
	}
	for _, m := range rows {
		row := fmt.Sprintf("  %-8s %15s", m, "-")
		if i := slices.IndexFunc(ts, func(t ticker.Ticker) bool { return t.Market == m }); i >= 0 {
			t := &ts[i].Trade
			row = fmt.Sprintf("  %-8s %15v  %6s  %-6s  %s", m, t.Price, short(t.Age()), t.Source, bar(t.Age()))
		}
		lines = append(lines, row)
	}
	return lines
}

// bar draws an age: a character for each quarter of a second.
func bar(age time.Duration) string {
	return strings.Repeat("#", min(int(age/(250*time.Millisecond)), 30))
}

// line is the same in short: the state, and two of the markets.
func line(st ticker.Status, oldest time.Duration, ts []ticker.Ticker) string {
	p := fmt.Appendf(nil, "%-10s %2d of %d known, oldest %s", st.State, st.Known, st.Total, short(oldest))
	for i := range ts {
		if t := &ts[i]; t.Market == "BTC-USD" || t.Market == "LTC-ETH" {
			p = fmt.Appendf(p, "   %s %v (%s old)", t.Market, t.Trade.Price, short(t.Trade.Age()))
		}
	}
	return string(p)
}

func short(age time.Duration) string { return fmt.Sprintf("%.1fs", age.Seconds()) }
