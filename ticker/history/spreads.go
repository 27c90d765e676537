package history

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5"

	"github.com/tickersync/tickersync/ticker"
)

// SpreadOptions are the fees to reckon with and the ages to hold quotes to. Nil is
// as the zero value: no fees, default ages.
type SpreadOptions struct {
	Fees map[string]decimal.Decimal // by exchange, as a share of the amount: 0.0025 is a quarter percent
	Fee  decimal.Decimal            // of exchanges that are not in Fees; zero is free
	// MaxAge is how long ago the AsOf of a quote may be. If zero, a minute.
	MaxAge time.Duration
	// MaxApart is how far apart the AsOf of the two quotes may be. If zero, 5 seconds.
	MaxApart time.Duration
}

// SpreadSide is one leg of a Spread.
type SpreadSide struct {
	Exchange string
	Price    decimal.Decimal // the ask to buy at, the bid to sell at; in quote currency
	Size     decimal.Decimal // quoted at that price, in base currency; zero: not told
	AsOf     time.Time
}

// Spread is a pair of exchanges where one's bid beats the other's ask by more than
// the fees of both. All is for one unit of the base currency.
type Spread struct {
	At         time.Time // the moment at which it paid
	Market     ticker.Market
	Buy, Sell  SpreadSide
	Spread     Number          // the bid less the ask, in quote currency
	Percent    decimal.Decimal // the same in percent of the ask, rounded to six decimals
	Net        Number          // the bid less the ask less both fees, in quote currency
	NetPercent decimal.Decimal // the same in percent of the ask, rounded to six decimals
}

// Window is a time past, and how finely it is looked at.
type Window struct {
	Since, Until time.Time // Until is excluded
	Step         time.Duration
}

func (w Window) check() error {
	if w.Step < time.Microsecond {
		return fmt.Errorf("history: a step of %v: it must be a microsecond at least", w.Step)
	}
	return nil
}

const spreadColumns = `market, buy_from, ask, ask_size, buy_as_of, sell_to, bid, bid_size, sell_as_of,
	spread::text, percent, net::text, net_percent`

// Spreads returns the pairs that pay now, by what is in the database: those that
// arbitrage.Find finds. The order is by what they pay in percent, the most first.
func Spreads(ctx context.Context, db DB, opts *SpreadOptions) ([]Spread, error) {
	return spreads(ctx, db, `SELECT now(), `+spreadColumns+` FROM tickersync.spreads($1, $2, $3, $4)
		ORDER BY net_percent DESC, market, buy_from, sell_to`, opts)
}

// SpreadsAt returns the pairs that paid at a moment of the past, by what was known
// then.
func SpreadsAt(ctx context.Context, db DB, at time.Time, opts *SpreadOptions) ([]Spread, error) {
	return spreads(ctx, db, `SELECT $5::timestamptz, `+spreadColumns+` FROM tickersync.spreads_at($5, $1, $2, $3, $4)
		ORDER BY net_percent DESC, market, buy_from, sell_to`, opts, at)
}

// SpreadsDuring returns the pairs that paid at each step of a time past, in the
// order of time. What opened and closed between two steps is not seen.
func SpreadsDuring(ctx context.Context, db DB, w Window, opts *SpreadOptions) ([]Spread, error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	return spreads(ctx, db, `SELECT at, `+spreadColumns+` FROM tickersync.spreads_during($5, $6, $7, $1, $2, $3, $4)
		ORDER BY at, net_percent DESC, market, buy_from, sell_to`, opts, w.Since, w.Until, w.Step)
}

// BestSpread is a pair of exchanges at the moment when it paid most, and how long
// it paid.
type BestSpread struct {
	Spread
	Steps       int       // looks at which it paid
	First, Last time.Time // of these
}

// BestSpreads returns every pair that paid at some step of a time past, a market
// and two exchanges, at the step when it paid most in percent; the best first. It
// is SpreadsDuring for long times, of which it returns little.
func BestSpreads(ctx context.Context, db DB, w Window, opts *SpreadOptions) ([]BestSpread, error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	scan := func(row pgx.CollectableRow) (b BestSpread, err error) {
		return b, row.Scan(append(b.columns(), &b.Steps, when{&b.First}, when{&b.Last})...)
	}
	return collect(ctx, db, `SELECT * FROM (
			SELECT DISTINCT ON (market, buy_from, sell_to) at, `+spreadColumns+`,
				count(*) OVER pair, min(at) OVER pair, max(at) OVER pair
			FROM tickersync.spreads_during($5, $6, $7, $1, $2, $3, $4)
			WINDOW pair AS (PARTITION BY market, buy_from, sell_to)
			ORDER BY market, buy_from, sell_to, net_percent DESC, at) best
		ORDER BY net_percent DESC, market, buy_from, sell_to`, opts, scan, w.Since, w.Until, w.Step)
}

func spreads(ctx context.Context, db DB, sql string, opts *SpreadOptions, args ...any) ([]Spread, error) {
	return collect(ctx, db, sql, opts, func(row pgx.CollectableRow) (s Spread, err error) {
		return s, row.Scan(s.columns()...)
	}, args...)
}

// columns are where a row of at and spreadColumns goes.
func (s *Spread) columns() []any {
	return []any{
		when{&s.At}, (*string)(&s.Market),
		&s.Buy.Exchange, price{&s.Buy.Price}, price{&s.Buy.Size}, when{&s.Buy.AsOf},
		&s.Sell.Exchange, price{&s.Sell.Price}, price{&s.Sell.Size}, when{&s.Sell.AsOf},
		(*string)(&s.Spread), price{&s.Percent}, (*string)(&s.Net), price{&s.NetPercent},
	}
}

func collect[S any](ctx context.Context, db DB, sql string, opts *SpreadOptions, scan pgx.RowToFunc[S], args ...any) ([]S, error) {
	first, err := opts.args()
	if err != nil {
		return nil, err
	}
	rows, err := db.Query(ctx, sql, append(first, args...)...)
	if err != nil {
		return nil, explain("read spreads", err)
	}
	all, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, explain("read spreads", err)
	}
	return all, nil
}

// args are the options as the functions take them: fees, fee, max_age, max_apart.
func (o *SpreadOptions) args() ([]any, error) {
	if o == nil {
		o = &SpreadOptions{}
	}
	fees := make(map[string]string, len(o.Fees)) // as text, so that they stay exact
	for exchange, fee := range o.Fees {
		fees[exchange] = fee.String()
	}
	b, err := json.Marshal(fees)
	if err != nil {
		return nil, fmt.Errorf("history: fees: %w", err)
	}
	return []any{string(b), o.Fee.String(), cmp.Or(o.MaxAge, time.Minute), cmp.Or(o.MaxApart, 5*time.Second)}, nil
}
