package history

import (
	"cmp"
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tickersync/tickersync/ticker"
)

// Span is a stretch of time; Until is excluded.
type Span struct{ Since, Until time.Time }

// Coverage returns the parts of a time past in which the quote of a market was
// recorded and live: at each moment of them its AsOf, as it was known then, was at
// most maxAge ago, and no gap is noted. If maxAge is zero it is 5 seconds.
func Coverage(ctx context.Context, db DB, exchange string, market ticker.Market, s Span, maxAge time.Duration) ([]Span, error) {
	rows, err := db.Query(ctx, `SELECT since, until FROM tickersync.coverage($1, $2, $3, $4, $5)`,
		exchange, string(market), s.Since, s.Until, cmp.Or(maxAge, 5*time.Second))
	if err != nil {
		return nil, explain("read the coverage", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s Span, err error) {
		return s, row.Scan(when{&s.Since}, when{&s.Until})
	})
	if err != nil {
		return nil, explain("read the coverage", err)
	}
	return all, nil
}

// Gap is a time of which changes are missing.
type Gap struct {
	Recorder string
	Exchange string // "": all that the recorder records
	Span            // a zero Until: it is not over
	Reason   string // behind, down, stopped, full
	Skipped  int64  // changes lost, where they could be counted
	Note     string // for people
}

// Gaps returns the gaps that reach into a time past, in the order of time.
func Gaps(ctx context.Context, db DB, s Span) ([]Gap, error) {
	rows, err := db.Query(ctx, `SELECT r.name, coalesce(g.exchange, ''), g.since, g.until, g.reason, coalesce(g.skipped, 0), coalesce(g.note, '')
		FROM tickersync.gap g JOIN tickersync.recorder r USING (recorder_id)
		WHERE g.since < $2 AND (g.until IS NULL OR g.until > $1) ORDER BY g.since, g.gap_id`, s.Since, s.Until)
	if err != nil {
		return nil, explain("read the gaps", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (g Gap, err error) {
		return g, row.Scan(&g.Recorder, &g.Exchange, when{&g.Since}, when{&g.Until}, &g.Reason, &g.Skipped, &g.Note)
	})
	if err != nil {
		return nil, explain("read the gaps", err)
	}
	return all, nil
}
