package history

import (
	"context"
	"time"

	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5"

	"github.com/tickersync/tickersync/ticker"
)

// TradeStep is what a market traded at within one step.
type TradeStep struct {
	At                     time.Time // its begin
	Open, High, Low, Close decimal.Decimal
	Changes                int // trades told; where the exchange throttles them, not every one
}

// QuoteStep is what was quoted within one step. A zero price: that side was not.
type QuoteStep struct {
	At                    time.Time       // its begin
	Bid, Ask              decimal.Decimal // the last
	HighestBid, LowestAsk decimal.Decimal
	Changes               int
}

// TradesDuring returns the prices of one market, a row for each step of the window
// in which one was told. Steps begin at multiples of Window.Step since 1970, in UTC.
func TradesDuring(ctx context.Context, db DB, exchange string, market ticker.Market, w Window) ([]TradeStep, error) {
	return during(ctx, db, `SELECT at, open, high, low, close, changes FROM tickersync.trades_during($1, $2, $3, $4, $5)`,
		exchange, market, w, func(row pgx.CollectableRow) (s TradeStep, err error) {
			return s, row.Scan(when{&s.At}, price{&s.Open}, price{&s.High}, price{&s.Low}, price{&s.Close}, &s.Changes)
		})
}

// QuotesDuring returns the best bid and ask of one market, a row for each step of
// the window in which one changed. Steps are those of TradesDuring.
func QuotesDuring(ctx context.Context, db DB, exchange string, market ticker.Market, w Window) ([]QuoteStep, error) {
	return during(ctx, db, `SELECT at, bid, ask, highest_bid, lowest_ask, changes FROM tickersync.quotes_during($1, $2, $3, $4, $5)`,
		exchange, market, w, func(row pgx.CollectableRow) (s QuoteStep, err error) {
			return s, row.Scan(when{&s.At}, price{&s.Bid}, price{&s.Ask}, price{&s.HighestBid}, price{&s.LowestAsk}, &s.Changes)
		})
}

func during[S any](ctx context.Context, db DB, sql, exchange string, m ticker.Market, w Window, scan pgx.RowToFunc[S]) ([]S, error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	rows, err := db.Query(ctx, sql, exchange, string(m), w.Since, w.Until, w.Step)
	if err != nil {
		return nil, explain("read a market", err)
	}
	all, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, explain("read a market", err)
	}
	return all, nil
}
