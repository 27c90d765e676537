package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker/history"
)

// reported runs the report on a database.
func reported(t *testing.T, db string, args ...string) (string, error) {
	t.Helper()
	var out, errs bytes.Buffer
	err := run(t.Context(), append([]string{"report", "-db", db}, args...), &world{}, &out, &errs)
	return out.String(), err
}

func TestReport(t *testing.T) {
	db := postgres.Database(t)
	_, err := reported(t, db)
	require.ErrorContains(t, err, "history: ", "nothing has been recorded here")

	pool, err := pgxpool.New(t.Context(), db)
	require.NoError(t, err)
	defer pool.Close()
	_, err = history.Setup(t.Context(), pool, nil)
	require.NoError(t, err)
	text, err := reported(t, db)
	require.NoError(t, err)
	assert.Equal(t, "no pair paid in the last 24h0m0s\n", text)

	// Half a minute ago each told one quote; after ten seconds one of them another.
	_, err = pool.Exec(t.Context(), `
		INSERT INTO tickersync.recorder (name) VALUES ('test');
		INSERT INTO tickersync.series (recorder_id, exchange, market) SELECT 1, e, m
			FROM unnest(ARRAY['kraken', 'binance']) e, unnest(ARRAY['BTC-EUR', 'ETH-EUR']) m;
		INSERT INTO tickersync.quote (ts, as_of, seq, series_id, source, kind, bid, ask)
			SELECT now() - ago * interval '1 second', now() - ago * interval '1 second', 1, series_id, 1, 1, bid, ask
			FROM (VALUES ('kraken', 'BTC-EUR', 30, 99, 100), ('binance', 'BTC-EUR', 30, 102, 103), ('binance', 'BTC-EUR', 20, 101, 103),
				('kraken', 'ETH-EUR', 30, 10, 11), ('binance', 'ETH-EUR', 30, 12, 13)) q (exchange, market, ago, bid, ask)
			JOIN tickersync.series USING (exchange, market)`)
	require.NoError(t, err)
	text, err = reported(t, db, "-last", "1m", "-step", "1s", "-apart", "1m", "-fee", "0", "-fees", "binance=0.001")
	require.NoError(t, err)
	lines := strings.Split(text, "\n")
	require.Len(t, lines, 4, text)
	assert.Regexp(t, `^ETH-EUR +kraken +11 +binance +12 +0\.988 +8\.9818 +20\d\d-`, lines[1])
	assert.Regexp(t, `^BTC-EUR +kraken +100 +binance +102 +1\.898 +1\.898 +20.* (29|30|31)s$`, lines[2])
}

func TestReportWithoutDatabase(t *testing.T) {
	_, err := reported(t, "postgres://nobody@127.0.0.1:1/none")
	require.ErrorContains(t, err, "127.0.0.1:1")
	_, err = reported(t, "not a url")
	require.ErrorContains(t, err, "-db")
}
