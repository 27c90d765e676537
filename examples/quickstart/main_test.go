package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/internal/stage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// play runs the whole in virtual time and returns what it printed, and how long
// it took.
func play(t *testing.T, ctx context.Context, terminal bool) (string, time.Duration) {
	t.Helper()
	cfg := exchangeConfig()
	cfg.Memory = true
	var out bytes.Buffer
	began := time.Now()
	require.NoError(t, run(ctx, stage.NewScreen(&out, terminal), cfg))
	return out.String(), time.Since(began)
}

func TestPlainLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, took := play(t, t.Context(), false)
		at := 0
		for _, want := range []string{
			"the Book fills", " connected; ", "syncing ", "synced: every market is known\n", "live       45 of 45 known",
			"OUTAGE", "live       45 of 45 known, oldest 1.", "ticker: price of BTC-USD is 1.", "the connection is silent\n",
			"OUTAGE", "disconnected: ", " connected; ", "live: every price is confirmed\n", "SUMMARY", "45 of 45 markets known",
			"45 of 45 prices are those of the exchange\n",
		} {
			i := strings.Index(out[at:], want)
			require.GreaterOrEqual(t, i, 0, "%q is missing after\n%s", want, out[:at])
			at += i + len(want)
		}
		assert.NotContains(t, out, "\x1b")
		assert.Greater(t, took, 7*time.Second)
		assert.Less(t, took, 12*time.Second, "about ten seconds; how long reconnecting takes is drawn by lot")
	})
}

func TestTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, _ := play(t, t.Context(), true)
		assert.Contains(t, out, "MARKET             PRICE     AGE  FROM\n")
		assert.Regexp(t, `BTC-LTC +-\n`, out, "not known at first")
		assert.Regexp(t, `BTC-LTC +[0-9.]+ +1\.\ds +(stream|rest) +#{4,}\n`, out)
		for _, state := range []string{"SYNCING", "LIVE", "DOWN"} {
			assert.Contains(t, out, "  "+state+" ")
		}
		for l := range strings.Lines(out[strings.LastIndex(out, "\x1b[J"):]) {
			assert.LessOrEqual(t, len(l), 120)
		}
		assert.True(t, strings.HasSuffix(out, "45 of 45 prices are those of the exchange\n"))
	})
}

// Ctrl-C at any moment ends it at once, with the summary.
func TestInterrupt(t *testing.T) {
	for _, at := range []time.Duration{0, time.Second, 3 * time.Second, 5 * time.Second, 7 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithTimeout(t.Context(), at)
			defer stop()
			out, took := play(t, ctx, at == time.Second)
			assert.Equal(t, at, took)
			assert.Contains(t, out, "SUMMARY\n")
			assert.True(t, strings.HasSuffix(out, "interrupted\n"), out)
		})
	}
}

func TestRealSockets(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer stop()
	var out bytes.Buffer
	require.NoError(t, run(ctx, stage.NewScreen(&out, false), exchangeConfig()))
	assert.Contains(t, out.String(), "listens on http://127.0.0.1:")
	assert.Regexp(t, `(?m)^ 1\.0s  \w+ +[1-9]\d of 45 known`, out.String())
}
