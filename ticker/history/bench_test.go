package history

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/internal/pgtest"
	"github.com/tickersync/tickersync/ticker"
)

// quotes appends an event of a quote of one of 48 markets.
func quotes(b []byte, from, n int) []byte {
	for i := from; i < from+n; i++ {
		now := time.Now()
		c := ticker.Ticker{Quote: ticker.Quote{
			Bid: decimal.MustNew(int64(3_000_000+i%1000), 2), BidSize: decimal.MustNew(int64(i%777+1), 3),
			Ask: decimal.MustNew(int64(3_000_100+i%1000), 2), AskSize: decimal.MustNew(int64(i%555+1), 3),
			Stamp: ticker.Stamp{AsOf: now, Received: now.Add(-time.Millisecond), Time: now, Key: uint64(i), Source: ticker.Stream, Kind: ticker.EveryChange},
		}}
		rows := [3]tail{{}, {appendGroup(nil, &c, 1, now, false), true}, {}}
		b = appendChange(b, micros(now), marketKey("sim", fmt.Sprintf("M%d-USD", i%48)), 1, &rows)
	}
	return b
}

// BenchmarkFlush writes transactions of 10,000 rows as the recorder does: from the
// spool, with the latest rows and the position. psql/s is the rate at which psql
// copies the same rows in binary into the same schema, on the same server.
func BenchmarkFlush(b *testing.B) {
	server := pgtest.Private(b, map[string]string{"fsync": "on", "shared_buffers": "'512MB'", "max_wal_size": "'4GB'"})
	pool, err := pgxpool.New(b.Context(), server.URL("postgres"))
	require.NoError(b, err)
	defer pool.Close()
	s, err := openSpool(b.TempDir(), 1<<30)
	require.NoError(b, err)
	defer func() { require.NoError(b, s.close()) }()
	f := &flusher{run: &run{name: "bench", spool: s, status: &status{}, log: slog.New(slog.DiscardHandler)}, pool: pool}
	conn, err := f.connect(b.Context())
	require.NoError(b, err)
	defer conn.Release()
	require.NoError(b, s.append((&event{kind: eventLink, link: 1, note: "sim", at: micros(time.Now())}).append(nil)))
	n := 0
	spool := func() {
		for range 10 {
			require.NoError(b, s.append(quotes(nil, n, 1000)))
			n += 1000
		}
	}
	flush := func() int {
		rows, err := f.flush(b.Context(), conn.Conn())
		require.NoError(b, err)
		return rows
	}
	spool()
	flush() // prepares its statements
	rows := 0
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		spool()
		b.StartTimer()
		rows += flush()
	}
	ours := float64(rows) / b.Elapsed().Seconds()
	psql := copyByPsql(b, server, min(rows, 200_000))
	b.ReportMetric(ours, "rows/s")
	b.ReportMetric(psql, "psql/s")
	b.ReportMetric(ours/psql, "of-psql")
}

// copyByPsql returns the best rate of three.
func copyByPsql(b *testing.B, server *pgtest.Server, rows int) (best float64) {
	b.Helper()
	file := filepath.Join(b.TempDir(), "rows")
	run := func(command string) {
		out, err := server.Command(context.Background(), "psql", server.URL("postgres"), "-c", command).CombinedOutput()
		require.NoError(b, err, string(out))
	}
	run(fmt.Sprintf(`\copy (SELECT * FROM tickersync.quote LIMIT %d) TO '%s' (FORMAT binary)`, rows, file))
	for range 3 {
		begun := time.Now()
		run(fmt.Sprintf(`\copy tickersync.quote FROM '%s' (FORMAT binary)`, file))
		best = max(best, float64(rows)/time.Since(begun).Seconds())
	}
	return best
}

// BenchmarkObserve is a change's way from a Book into the buffer of what is to be spooled.
func BenchmarkObserve(b *testing.B) {
	buffer := newBuffer(1 << 30)
	o := newObserver(&run{buffer: buffer}, new(ticker.Book))
	c := ticker.Change{Groups: ticker.QuoteGroup, At: time.Now()}
	c.Market, c.Quote.Source = "BTC-USD", ticker.Stream
	c.Quote.Bid, c.Quote.Ask = decimal.MustParse("31415.92"), decimal.MustParse("31416.10")
	var spare []byte
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		o.change(&c)
		if i%1000 == 0 {
			spare, _, _ = buffer.take(spare)
		}
	}
}
