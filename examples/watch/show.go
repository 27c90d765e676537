package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/internal/stage"
	"github.com/tickersync/tickersync/ticker"
)

// rows is how many markets the table has at most.
const rows = 40

// show prints changes until the Book's run has ended, or ctx.
func show(ctx context.Context, book *ticker.Book, o *options, screen *stage.Screen) {
	if screen.Terminal() {
		done := make(chan struct{})
		defer func() { <-done }()
		drawing, cancel := context.WithCancel(ctx)
		defer cancel()
		go func() {
			defer close(done)
			draw(drawing, book, o, screen)
		}()
	}
	for c := range book.Watch(ctx, o.markets...) {
		switch {
		case c.End != nil:
		case o.json:
			screen.Print("%s", line(&c))
		case c.Down != nil:
			screen.Print("%s  disconnected: %v", clock(), c.Down)
		case c.Up:
			screen.Print("%s  connected", clock())
		case c.Removed:
			screen.Print("%s  %s is no longer listed", clock(), c.Market)
		case !screen.Terminal():
			screen.Print("%s  %s", clock(), row(&c.Ticker))
		}
	}
}

func clock() string { return time.Now().Format("15:04:05.000") }

// draw redraws the table, for ages grow without any change.
func draw(ctx context.Context, book *ticker.Book, o *options, screen *stage.Screen) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	var all []ticker.Ticker
	for {
		screen.Foot(table(book, o, &all)...)
		select {
		case <-ctx.Done():
			screen.Keep()
			return
		case <-tick.C:
		}
	}
}

func table(book *ticker.Book, o *options, all *[]ticker.Ticker) []string {
	st := book.Status()
	lines := []string{
		fmt.Sprintf("%s  %v  %d of %d markets known", o.exchange, st.State, st.Known, st.Total),
		fmt.Sprintf("%-14s %14s %14s %14s %9s  %s", "market", "bid", "ask", "last", "age", "source"),
	}
	*all = book.AppendAll((*all)[:0])
	shown := 0
	for i := range *all {
		t := &(*all)[i]
		if !o.all && !slices.Contains(o.markets, t.Market) {
			continue
		}
		if shown++; shown <= rows {
			lines = append(lines, row(t))
		}
	}
	if shown > rows {
		lines = append(lines, fmt.Sprintf("and %d more: -json shows all", shown-rows))
	}
	return lines
}

// row shows one market. The age is that of its freshest price.
func row(t *ticker.Ticker) string {
	newest := t.Trade.Stamp
	if t.Quote.Age() < newest.Age() {
		newest = t.Quote.Stamp
	}
	return strings.TrimRight(fmt.Sprintf("%-14s %14s %14s %14s %9s  %v", t.Market,
		number(t.Quote.Bid), number(t.Quote.Ask), number(t.Trade.Price), age(newest), newest.Source), " ")
}

func number(d decimal.Decimal) string {
	if d.IsZero() {
		return "-"
	}
	return d.String()
}

func age(s ticker.Stamp) string {
	if s.AsOf.IsZero() {
		return "-"
	}
	return s.Age().Round(100 * time.Millisecond).String()
}
