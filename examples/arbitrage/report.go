package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tickersync/tickersync/ticker/history"
)

// most is how many pairs a report has.
const most = 20

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
	best, err := history.BestSpreads(ctx, pool, window, &history.SpreadOptions{
		Fees: o.fees, Fee: o.fee, MaxAge: o.scan.MaxAge, MaxApart: o.scan.MaxApart,
	})
	if err != nil {
		return err
	}
	if len(best) == 0 {
		_, err := fmt.Fprintf(out, "no pair paid in the last %v\n", o.last)
		return err
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "market\tbuy on\tat\tsell on\tat\tnet\tpercent\twhen\tpaid for about")
	for _, p := range best[:min(len(best), most)] {
		fmt.Fprintf(t, "%s\t%s\t%v\t%s\t%v\t%v\t%v\t%s\t%v\n", p.Market, p.Buy.Exchange, p.Buy.Price, p.Sell.Exchange, p.Sell.Price,
			p.Net, p.NetPercent.Round(4), p.At.UTC().Format(time.DateTime), time.Duration(p.Steps)*o.step)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
