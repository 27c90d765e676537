package history

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/tickersync/tickersync/ticker"
)

// Latest is the newest ticker of one market of one exchange. The stamps' times
// have microseconds; AsOf is at most a second behind that of the Book.
type Latest struct {
	Exchange string
	ticker.Ticker
}

// ReadLatest returns the newest ticker of every market that is known, or of those
// of one exchange, or of one market, where these are not "". The order is by
// exchange and market. A market that was removed is not in it.
func ReadLatest(ctx context.Context, db DB, exchange string, market ticker.Market) ([]Latest, error) {
	rows, err := db.Query(ctx, `SELECT exchange, market,
			t.price, t.size, t.time, t.received, t.as_of, t.source, t.kind, t.key, t.epoch,
			q.bid, q.bid_size, q.ask, q.ask_size, q.time, q.received, q.as_of, q.source, q.kind, q.key, q.epoch,
			d.open, d.high, d.low, d.volume, d.time, d.received, d.as_of, d.source, d.kind, d.key, d.epoch
		FROM tickersync.trade_now t FULL JOIN tickersync.quote_now q USING (exchange, market)
			FULL JOIN tickersync.stats_now d USING (exchange, market)
		WHERE ($1 = '' OR exchange = $1) AND ($2 = '' OR market = $2) ORDER BY exchange, market`, exchange, string(market))
	if err != nil {
		return nil, explain("read the latest", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l Latest, err error) {
		t, q, d := &l.Trade, &l.Quote, &l.Stats
		to := []any{&l.Exchange, (*string)(&l.Market), price{&t.Price}, price{&t.Size}}
		to = append(to, stamp(&t.Stamp)...)
		to = append(to, price{&q.Bid}, price{&q.BidSize}, price{&q.Ask}, price{&q.AskSize})
		to = append(to, stamp(&q.Stamp)...)
		to = append(to, price{&d.Open}, price{&d.High}, price{&d.Low}, price{&d.Volume})
		to = append(to, stamp(&d.Stamp)...)
		return l, row.Scan(to...)
	})
	if err != nil {
		return nil, explain("read the latest", err)
	}
	return all, nil
}

// stamp scans the columns of a stamp: time, received, as_of, source, kind, key, epoch.
func stamp(s *ticker.Stamp) []any {
	return []any{
		when{&s.Time}, when{&s.Received}, when{&s.AsOf},
		code[ticker.Source]{&s.Source, ticker.NoSource, ticker.Warm}, code[ticker.Kind]{&s.Kind, ticker.Never, ticker.OnTrade},
		unsigned[uint64]{&s.Key}, unsigned[uint32]{&s.Epoch},
	}
}

// code scans the name of a Source or Kind; NULL is the first.
type code[T interface {
	~uint8
	String() string
}] struct {
	to          *T
	first, last T
}

// Scan implements sql.Scanner. A name that is not known is the first.
func (c code[T]) Scan(src any) error {
	*c.to = c.first
	for x := c.first; x <= c.last; x++ {
		if src == x.String() {
			*c.to = x
		}
	}
	return nil
}

// unsigned scans a bigint that holds the bits of an unsigned number; NULL is zero.
type unsigned[T uint64 | uint32] struct{ to *T }

// Scan implements sql.Scanner.
func (u unsigned[T]) Scan(src any) error {
	n, _ := src.(int64)
	*u.to = T(n) //nolint:gosec // the bits are what counts
	return nil
}
