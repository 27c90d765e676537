package history

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

func TestQuotesDuring(t *testing.T) {
	worlds(t, 4, false, func(t *testing.T, r *rand.Rand, w *world, tx pgx.Tx) {
		s := w.series[9+r.IntN(3)] // of an exchange with one recorder
		require.Equal(t, "e3", s.exchange)
		step := time.Duration(1+r.IntN(300)) * tick
		window := Window{Since: w.begin.Add(time.Duration(r.IntN(1000)) * tick), Until: w.end.Add(-time.Minute), Step: step}
		got, err := QuotesDuring(t.Context(), tx, s.exchange, ticker.Market(s.market), window)
		require.NoError(t, err)
		var want []QuoteStep
		for _, row := range s.rows {
			if row.source == ticker.NoSource || row.ts.Before(window.Since) || !row.ts.Before(window.Until) {
				continue
			}
			at := time.UnixMicro(row.ts.UnixMicro() / step.Microseconds() * step.Microseconds()).UTC()
			if len(want) == 0 || !want[len(want)-1].At.Equal(at) {
				want = append(want, QuoteStep{At: at})
			}
			q := &want[len(want)-1]
			q.Bid, q.Ask = row.bid, row.ask
			if row.bid.Cmp(q.HighestBid) > 0 {
				q.HighestBid = row.bid
			}
			if !row.ask.IsZero() && (q.LowestAsk.IsZero() || row.ask.Cmp(q.LowestAsk) < 0) {
				q.LowestAsk = row.ask
			}
			q.Changes++
		}
		require.Len(t, got, len(want))
		for i := range got {
			assert.Equal(t, want[i].At, got[i].At)
			assert.Equal(t, want[i].Changes, got[i].Changes)
			for _, p := range [][2]decimal.Decimal{{want[i].Bid, got[i].Bid}, {want[i].Ask, got[i].Ask}, {want[i].HighestBid, got[i].HighestBid}, {want[i].LowestAsk, got[i].LowestAsk}} {
				assert.True(t, p[0].Equal(p[1]), "%v for %v", got[i], want[i])
			}
		}
	})
}

func TestTradesDuring(t *testing.T) {
	pool := fresh(t, nil)
	require.NoError(t, EnsureDays(t.Context(), pool, noon, noon))
	_, err := pool.Exec(t.Context(), `INSERT INTO tickersync.recorder (name) VALUES ('me');
		INSERT INTO tickersync.series (recorder_id, exchange, market) VALUES (1, 'kraken', 'BTC-EUR'), (1, 'kraken', 'ETH-EUR');
		INSERT INTO tickersync.trade (ts, as_of, seq, series_id, source, kind, price) VALUES
		('2026-11-23 12:00:00Z', '2026-11-23Z', 1, 1, 1, 1, 100), ('2026-11-23 12:00:07Z', '2026-11-23Z', 2, 1, 1, 1, 107.10),
		('2026-11-23 12:00:08Z', '2026-11-23Z', 3, 1, 1, 1, 93), ('2026-11-23 12:00:09Z', '2026-11-23Z', 4, 1, 1, 1, 99.000),
		('2026-11-23 12:00:05Z', '2026-11-23Z', 5, 2, 1, 1, 5), ('2026-11-23 12:00:30Z', '2026-11-23Z', 6, 1, 2, 1, 101),
		('2026-11-23 12:00:31Z', '2026-11-23Z', 7, 1, 0, 1, NULL), ('2026-11-23 12:01:00Z', '2026-11-23Z', 8, 1, 1, 1, 1)`)
	require.NoError(t, err)
	got, err := TradesDuring(t.Context(), pool, "kraken", "BTC-EUR", Window{noon, noon.Add(time.Minute), 10 * time.Second})
	require.NoError(t, err)
	p := decimal.MustParse
	assert.Equal(t, []TradeStep{
		{noon, p("100"), p("107.1"), p("93"), p("99"), 4},
		{noon.Add(30 * time.Second), p("101"), p("101"), p("101"), p("101"), 1},
	}, got)
	_, err = TradesDuring(t.Context(), pool, "kraken", "BTC-EUR", Window{noon, noon.Add(time.Minute), 0})
	require.ErrorContains(t, err, "a step of 0s")
}

func TestReadLatest(t *testing.T) {
	pool := fresh(t, nil)
	const as = "'2026-11-23 11:00Z', '2026-11-23 11:00Z', '2026-11-23 10:59Z', '2026-11-23 10:59:59Z'"
	_, err := pool.Exec(t.Context(), `INSERT INTO tickersync.recorder (name) VALUES ('me'), ('other');
		INSERT INTO tickersync.series (recorder_id, exchange, market) VALUES (1, 'kraken', 'BTC-EUR'), (1, 'kraken', 'ETH-EUR'), (2, 'kraken', 'BTC-EUR'), (1, 'kraken', 'OLD-EUR');
		INSERT INTO tickersync.link (recorder_id, seq, exchange, opened, heard, trade_delay) VALUES (1, 1, 'kraken', '2026-11-23Z', '2026-11-23 12:00Z', '1 s');
		INSERT INTO tickersync.trade_latest (ts, as_of, time, received, seq, key, epoch, series_id, link_id, source, kind, price, size) VALUES
			(`+as+`, 1, -1, 4294967295, 1, 1, 1, 2, 9999999999999999999, 0.0000000000000000001), (`+as+`, 1, 2, 3, 3, NULL, 1, 2, 1, 1);
		INSERT INTO tickersync.quote_latest (ts, as_of, seq, series_id, source, kind, bid) VALUES ('2026-11-23 11:00Z', '2026-11-23 11:00Z', 1, 2, 2, 3, 1.10),
			('2026-11-23 11:00Z', '2026-11-23 11:00Z', 1, 4, 0, 3, NULL)`)
	require.NoError(t, err)
	got, err := ReadLatest(t.Context(), pool, "", "")
	require.NoError(t, err)
	require.Len(t, got, 2, "what was removed is not there")
	btc := got[0]
	assert.Equal(t, "kraken", btc.Exchange)
	assert.Equal(t, ticker.Market("BTC-EUR"), btc.Market)
	eleven := noon.Add(-time.Hour)
	assert.Equal(t, ticker.Trade{
		Price: decimal.MustParse("9999999999999999999"), Size: decimal.MustParse("0.0000000000000000001"),
		Stamp: ticker.Stamp{
			Time: eleven.Add(-time.Minute), Received: eleven.Add(-time.Second), AsOf: noon.Add(-time.Second),
			Key: 1<<64 - 1, Epoch: 1<<32 - 1, Source: ticker.Stream, Kind: ticker.Throttled,
		},
	}, btc.Trade, "the recorder whose link lives has the fresher one")
	assert.Equal(t, ticker.Quote{}, btc.Quote)
	eth := got[1]
	assert.Equal(t, ticker.Quote{
		Bid:   decimal.MustParse("1.1"),
		Stamp: ticker.Stamp{Received: eleven, AsOf: eleven, Source: ticker.REST, Kind: ticker.OnTrade},
	}, eth.Quote)

	got, err = ReadLatest(t.Context(), pool, "kraken", "ETH-EUR")
	require.NoError(t, err)
	assert.Len(t, got, 1)
	got, err = ReadLatest(t.Context(), pool, "binance", "")
	require.NoError(t, err)
	assert.Empty(t, got)

	_, err = pool.Exec(t.Context(), "UPDATE tickersync.trade_latest SET price = 10000000000000000001 WHERE series_id = 1")
	require.NoError(t, err)
	_, err = ReadLatest(t.Context(), pool, "", "")
	var digits *DigitsError
	require.ErrorAs(t, err, &digits)
	assert.Equal(t, "10000000000000000001", digits.Text)
}

func TestGaps(t *testing.T) {
	pool := fresh(t, nil)
	_, err := pool.Exec(t.Context(), `INSERT INTO tickersync.recorder (name) VALUES ('me');
		INSERT INTO tickersync.gap (recorder_id, seq, exchange, since, until, reason, skipped, note) VALUES
		(1, 1, 'kraken', '2026-11-23 11:00Z', '2026-11-23 12:00Z', 'behind', 17, 'slow'), (1, 2, NULL, '2026-11-23 12:00Z', NULL, 'stopped', NULL, NULL)`)
	require.NoError(t, err)
	got, err := Gaps(t.Context(), pool, Span{noon, noon.Add(time.Hour)})
	require.NoError(t, err)
	assert.Equal(t, []Gap{{Recorder: "me", Span: Span{Since: noon}, Reason: "stopped"}}, got)
	got, err = Gaps(t.Context(), pool, Span{noon.Add(-time.Second), noon})
	require.NoError(t, err)
	assert.Equal(t, []Gap{{"me", "kraken", Span{noon.Add(-time.Hour), noon}, "behind", 17, "slow"}}, got)
	assert.Equal(t, 2, one[int](t, pool, "SELECT count(*) FROM tickersync.gaps"))
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"1.10": "1.1", "100": "100", "0.0000000000000000001": "0.0000000000000000001", "9999999999999999999": "9999999999999999999",
		"1.0000000000000000000000": "1", "-3.50": "-3.5", "1000000000.000000000000": "1000000000",
	} {
		d, err := Number(text).Decimal()
		require.NoError(t, err, text)
		assert.Equal(t, want, d.String())
	}
	for _, text := range []string{"10000000000000000000", "0.00000000000000000001", "1.0000000000000000001", "NaN", "Infinity", ""} {
		_, err := Number(text).Decimal()
		var digits *DigitsError
		require.ErrorAs(t, err, &digits, text)
		assert.Equal(t, text, digits.Text)
	}
}
