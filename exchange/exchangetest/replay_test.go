package exchangetest_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/binance"
	"github.com/tickersync/tickersync/exchange/binance/binancesim"
	"github.com/tickersync/tickersync/exchange/bitstamp"
	"github.com/tickersync/tickersync/exchange/bitstamp/bitstampsim"
	"github.com/tickersync/tickersync/exchange/bl3p"
	"github.com/tickersync/tickersync/exchange/bl3p/bl3psim"
	"github.com/tickersync/tickersync/exchange/coinbase"
	"github.com/tickersync/tickersync/exchange/coinbase/coinbasesim"
	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/exchangetest"
	"github.com/tickersync/tickersync/exchange/kraken"
	"github.com/tickersync/tickersync/exchange/kraken/krakensim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// recordable are the adapters, and the simulated exchange of each.
func recordable() map[string]exchangetest.Exchange {
	return map[string]exchangetest.Exchange{
		"binance":      {Dialect: &binancesim.Dialect{}, Source: func(o exchange.Options) exchange.Source { return binance.New(&o) }},
		"bitstamp":     {Dialect: &bitstampsim.Dialect{}, Source: func(o exchange.Options) exchange.Source { return bitstamp.New(&o) }},
		"bl3p":         {Dialect: &bl3psim.Dialect{}, Source: func(o exchange.Options) exchange.Source { return bl3p.New(&bl3p.Options{Options: o}) }},
		"coinbase":     {Dialect: &coinbasesim.Dialect{}, Source: func(o exchange.Options) exchange.Source { return coinbase.New(&o) }},
		"coinblockpro": {Dialect: coinblockprosim.Dialect{}, Source: func(o exchange.Options) exchange.Source { return coinblockpro.New(&coinblockpro.Options{Options: o}) }},
		"kraken":       {Dialect: &krakensim.Dialect{}, Source: func(o exchange.Options) exchange.Source { return kraken.New(&o) }},
		"keyed":        {Dialect: keyed.Dialect{}, Source: func(o exchange.Options) exchange.Source { return keyed.New(keyed.Variant{}, &o) }},
	}
}

// flight is a Run that is recorded.
type flight struct {
	*testing.T
	sim  *simexchange.Server
	book ticker.Book
	rec  exchange.FlightRecorder
}

// fly runs an adapter on its exchange, recorded, and f on that. It returns the
// recordings of what went wrong.
func fly(t *testing.T, x exchangetest.Exchange, f func(w *flight)) (files [][]byte) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg := simexchange.Config{Seed: *seed, Memory: true, Rate: 5, Lag: simexchange.UpTo(50 * time.Millisecond), Latency: simexchange.UpTo(100 * time.Millisecond)}
		sim, err := simexchange.Start(cfg, x.Dialect)
		require.NoError(t, err)
		defer sim.Close()
		w := &flight{T: t, sim: sim}
		o := sim.Options()
		o.Budget = exchange.NewBudget(rate.Limit(1000), 1000)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			src := x.Source(o)
			if s, ok := src.(fullsync.Source); ok {
				_ = fullsync.Run(ctx, &w.book, s, &fullsync.Options{Record: &w.rec})
			} else {
				_ = singlesync.Run(ctx, &w.book, src.(singlesync.Source), &singlesync.Options{Record: &w.rec})
			}
		})
		wg.Go(func() {
			for rec := range w.rec.Failures(ctx) {
				files = append(files, write(t, rec))
			}
		})
		require.NoError(t, w.book.WaitSynced(ctx))
		f(w)
		cancel()
		wg.Wait()
	})
	return files
}

func write(t *testing.T, rec *exchange.Recording) []byte {
	t.Helper()
	var file bytes.Buffer
	n, err := rec.WriteTo(&file)
	require.NoError(t, err)
	require.EqualValues(t, file.Len(), n)
	return file.Bytes()
}

// replay plays a recording on the adapter.
func replay(t *testing.T, x exchangetest.Exchange, file []byte) *exchangetest.Replayed {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.jsonl")
	require.NoError(t, os.WriteFile(path, file, 0o600))
	return exchangetest.Replay(t, path, x.Source)
}

// TestRecordedJunk: a frame that could not be read fails in the same words when
// the recording is played again.
func TestRecordedJunk(t *testing.T) {
	for name, x := range recordable() {
		t.Run(name, func(t *testing.T) {
			for _, junk := range simexchange.Junks() {
				files := fly(t, x, func(w *flight) {
					time.Sleep(3 * time.Second)
					w.sim.Junk(junk)
					time.Sleep(3 * time.Second)
				})
				for _, file := range files {
					got := replay(t, x, file)
					require.True(t, got.Same(), "%v: recorded %v %v, replayed %v", junk, got.Recorded.Kind, got.Recorded.Err, got.Failures)
				}
				if junk == simexchange.Truncated || junk == simexchange.Prose {
					assert.NotEmpty(t, files, junk)
				}
				t.Logf("%v: %d failures, replayed to the same", junk, len(files))
			}
		})
	}
}

// TestRecordedFailure: what breaks a connection, or spoils an answer, does so again.
func TestRecordedFailure(t *testing.T) {
	for _, c := range []struct {
		exchange, what string
		kind           exchange.FailureKind
		f              func(w *flight)
	}{
		{"kraken", "reset by peer", exchange.BrokenLink, func(w *flight) { w.sim.Drop() }},
		{"binance", "closed with a reason", exchange.BrokenLink, func(w *flight) { w.sim.Hangup(1001, "maintenance") }},
		{"coinbase", "mute", exchange.BrokenLink, func(w *flight) { w.sim.Mute(true) }},
		{"keyed", "order keys restart", exchange.BrokenLink, func(w *flight) { w.sim.RestartKeys(false) }},
		{"keyed", "an update lost", exchange.WrongTicker, func(w *flight) {
			w.sim.SetRate(0)
			m := w.sim.Markets()[0].Market
			w.sim.Lose(1, m)
			w.sim.Tick(m)
			time.Sleep(time.Minute) // until the audit begins
		}},
		{"coinblockpro", "an answer of nothing", exchange.BadFrame, func(w *flight) {
			w.sim.Fail(1, simexchange.NoResult())
			w.sim.Drop() // which has the engine ask
		}},
		{"bitstamp", "an answer that is no JSON", exchange.BadFrame, func(w *flight) {
			w.sim.Fail(1, simexchange.Body(200, "application/json", "[{"))
			w.sim.Drop()
		}},
	} {
		t.Run(c.exchange+", "+c.what, func(t *testing.T) {
			x := recordable()[c.exchange]
			files := fly(t, x, func(w *flight) {
				time.Sleep(3 * time.Second)
				c.f(w)
				time.Sleep(time.Minute)
			})
			kinds := map[exchange.FailureKind]bool{}
			for _, file := range files {
				got := replay(t, x, file)
				require.True(t, got.Same(), "recorded %v %v, replayed %v", got.Recorded.Kind, got.Recorded.Err, got.Failures)
				kinds[got.Recorded.Kind] = true
				t.Logf("%s: %v, replayed to the same", got.Recorded.Kind, got.Recorded.Err)
			}
			assert.True(t, kinds[c.kind])
		})
	}
}

// TestRecordedKeysRestart: what the Book finds wrong it finds again, rather than
// being told by the recording.
func TestRecordedKeysRestart(t *testing.T) {
	x := recordable()["keyed"]
	files := fly(t, x, func(w *flight) {
		time.Sleep(3 * time.Second)
		w.sim.RestartKeys(false)
		time.Sleep(30 * time.Second)
	})
	require.NotEmpty(t, files)
	got := replay(t, x, files[0])
	require.NotEmpty(t, got.Failures)
	require.ErrorIs(t, got.Failures[0].Err, ticker.ErrRestarted)
	assert.Positive(t, got.Status.Late)
}

// TestReplayOfWhatIsNone: files that are no recordings are refused.
func TestReplayOfWhatIsNone(t *testing.T) {
	for _, text := range []string{"", "{", "{\"t\":\"recv\",\"ts\":1}"} {
		_, err := exchangetest.ReplayOf(t, strings.NewReader(text), recordable()["keyed"].Source)
		require.Error(t, err, text)
	}
}

// TestRecordedBook: a recording of all that came makes the same Book again.
func TestRecordedBook(t *testing.T) {
	for name, x := range recordable() {
		t.Run(name, func(t *testing.T) {
			var file []byte
			var want []ticker.Ticker
			var late, double uint64
			fly(t, x, func(w *flight) {
				time.Sleep(20 * time.Second)
				w.sim.Drop()
				time.Sleep(40 * time.Second)
				file, want = write(t, w.rec.Recording()), w.book.AppendAll(nil)
				late, double = w.book.Status().Late, w.book.Status().Double
			})
			got := replay(t, x, file)
			require.Len(t, got.Tickers, len(want))
			assert.Equal(t, [2]uint64{late, double}, [2]uint64{got.Status.Late, got.Status.Double})
			for i := range want {
				assert.Equal(t, plain(want[i]), plain(got.Tickers[i]))
			}
			t.Logf("%d markets from %d bytes", len(want), len(file))
		})
	}
}

// plain is a ticker whose times can be compared.
func plain(t ticker.Ticker) ticker.Ticker {
	for _, st := range []*ticker.Stamp{&t.Trade.Stamp, &t.Quote.Stamp, &t.Stats.Stamp} {
		for _, at := range []*time.Time{&st.Time, &st.Received, &st.AsOf} {
			*at = at.Round(0).UTC()
		}
	}
	return t
}
