package exchangetest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/exchangetest"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// TestRecordedJunk: a frame that could not be read fails in the same words when
// the recording is played again.
func TestRecordedJunk(t *testing.T) {
	for name, x := range recordable() {
		t.Run(name, func(t *testing.T) {
			kinds := simexchange.Junks()
			if testing.Short() {
				kinds = []simexchange.Junk{simexchange.Truncated, simexchange.AbsurdNumbers, simexchange.Prose}
			}
			for _, junk := range kinds {
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

// TestRecordedLongAgo: where there was no room for most of it, the beginning of a
// connection and what came last are enough.
func TestRecordedLongAgo(t *testing.T) {
	for name, x := range recordable() {
		t.Run(name, func(t *testing.T) {
			files := flySo(t, course{most: 100_000}, x, func(w *flight) {
				time.Sleep(5 * time.Minute)
				w.sim.Junk(simexchange.Truncated)
				time.Sleep(3 * time.Second)
			})
			require.NotEmpty(t, files)
			for _, file := range files {
				assert.LessOrEqual(t, len(file), 200_000)
				assert.Contains(t, string(file[:300]), `"dropped"`)
				assert.True(t, replay(t, x, file).Same())
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

// TestRecordedBook: a recording of all that came makes the same Book again, also
// where connections broke and where they were handed over.
func TestRecordedBook(t *testing.T) {
	for name, x := range recordable() {
		for _, age := range []time.Duration{0, 20 * time.Second} {
			t.Run(fmt.Sprint(name, "/", age), func(t *testing.T) {
				var file []byte
				var want []ticker.Ticker
				var late, double uint64
				flySo(t, course{age: age}, x, func(w *flight) {
					time.Sleep(20 * time.Second)
					w.sim.Drop()
					time.Sleep(55 * time.Second)
					file, want = write(t, w.rec.Recording()), w.book.AppendAll(nil)
					late, double = w.book.Status().Late, w.book.Status().Double
				})
				got := replay(t, x, file)
				require.Len(t, got.Tickers, len(want))
				if age == 0 {
					assert.Equal(t, [2]uint64{late, double}, [2]uint64{got.Status.Late, got.Status.Double})
				}
				for i := range want {
					sameTicker(t, want[i], got.Tickers[i], age/100)
				}
				t.Logf("%d markets from %d bytes", len(want), len(file))
			})
		}
	}
}

// sameTicker compares tickers. Times may be off by as much: at which of the frames
// of two connections a market passes, a replay may find otherwise by one.
func sameTicker(t *testing.T, want, got ticker.Ticker, off time.Duration) {
	t.Helper()
	stamps := func(t *ticker.Ticker) []*ticker.Stamp {
		return []*ticker.Stamp{&t.Trade.Stamp, &t.Quote.Stamp, &t.Stats.Stamp}
	}
	for i, w := range stamps(&want) {
		g := stamps(&got)[i]
		assert.WithinDuration(t, w.Received, g.Received, off, want.Market)
		assert.WithinDuration(t, w.AsOf, g.AsOf, off, want.Market)
		assert.True(t, w.Time.Equal(g.Time), want.Market)
		g.Received, g.AsOf, g.Time = w.Received, w.AsOf, w.Time
	}
	assert.Equal(t, want, got)
}
