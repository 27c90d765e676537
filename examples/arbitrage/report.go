package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tickersync/tickersync/ticker"
	"github.com/tickersync/tickersync/ticker/history"
)

// most is how many pairs a report has.
const most = 20

// pairing is a market, where it was to be bought and where to be sold.
type pairing struct {
	market    ticker.Market
	buy, sell string
}

// paid is what a pairing came to.
type paid struct {
	pairing
	steps int // looks at which it paid
	best  history.Spread
}

// report prints the pairs that paid most in the time past, by what the database
// has. What opened and closed between two steps is not seen.
func report(ctx context.Context, o *options, out io.Writer) error {
	pool, err := pgxpool.New(ctx, o.db)
	if err != nil {
		return fmt.Errorf("-db: %w", err)
	}
	defer pool.Close()
	until := time.Now()
	window := history.Window{Since: until.Add(-o.last), Until: until, Step: o.step}
	all, err := history.SpreadsDuring(ctx, pool, window, &history.SpreadOptions{
		Fees: o.fees, Fee: o.fee, MaxAge: o.scan.MaxAge, MaxApart: o.scan.MaxApart,
	})
	if err != nil {
		return err
	}
	best := bestOf(all)
	if len(best) == 0 {
		fmt.Fprintf(out, "no pair paid in the last %v\n", o.last)
		return nil
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "market\tbuy on\tat\tsell on\tat\tnet\tpercent\twhen\tpaid for")
	for _, p := range best[:min(len(best), most)] {
		s := &p.best
		fmt.Fprintf(t, "%s\t%s\t%v\t%s\t%v\t%v\t%v\t%s\t%v\n", p.market, p.buy, s.Buy.Price, p.sell, s.Sell.Price,
			s.Net, s.NetPercent.Round(4), s.At.UTC().Format(time.DateTime), time.Duration(p.steps)*o.step)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// bestOf returns every pairing with its best moment, the best pairing first.
func bestOf(all []history.Spread) []*paid {
	found := map[pairing]*paid{}
	var list []*paid
	for _, s := range all {
		at := pairing{s.Market, s.Buy.Exchange, s.Sell.Exchange}
		p := found[at]
		if p == nil {
			p = &paid{pairing: at, best: s}
			found[at] = p
			list = append(list, p)
		}
		p.steps++
		if p.best.NetPercent.Less(s.NetPercent) {
			p.best = s
		}
	}
	slices.SortStableFunc(list, func(a, b *paid) int { return decimal.Decimal.Cmp(b.best.NetPercent, a.best.NetPercent) })
	return list
}
