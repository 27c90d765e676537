package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/simexchange"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// last returns the last line of -json about each market.
func last(t *testing.T, out string) map[string]map[string]any {
	t.Helper()
	lines := make(map[string]map[string]any)
	for l := range strings.Lines(out) {
		var c map[string]any
		require.NoError(t, json.Unmarshal([]byte(l), &c), l)
		if m, ok := c["market"].(string); ok {
			lines[m] = c
		}
	}
	return lines
}

func TestReplay(t *testing.T) {
	for _, pace := range []string{"-fast", "-v"} {
		t.Run(pace, func(t *testing.T) {
			var out bytes.Buffer
			args := []string{"-exchange", "coinbase", "-replay", "testdata/traffic.jsonl", "-json", pace, "-all"}
			require.NoError(t, run(t.Context(), args, &out, io.Discard, false))
			lines := last(t, out.String())
			require.Contains(t, lines, "AAA-EUR")
			require.Contains(t, lines, "BBB-EUR", "it does not trade now, but did then")
			a := lines["AAA-EUR"]
			assert.Equal(t, "stream", a["source"])
			trade := a["trade"].(map[string]any)
			assert.Equal(t, "10.6", trade["price"])
			assert.Equal(t, "2023-11-14T22:13:20.1Z", trade["time"])
			assert.NotEmpty(t, trade["as_of"])
			quote := a["quote"].(map[string]any)
			assert.Equal(t, "10.59", quote["bid"])
			assert.NotContains(t, quote, "bid_size", "what is not reported is left out")
			assert.Equal(t, "102", a["stats"].(map[string]any)["volume"])
		})
	}
}

// With TICKERSYNC_CAPTURES, every recording that an adapter can read ends without
// an error, and tells something.
func TestReplayOfCaptures(t *testing.T) {
	folder := os.Getenv("TICKERSYNC_CAPTURES")
	if folder == "" {
		t.Skip("TICKERSYNC_CAPTURES is not set")
	}
	if !strings.HasPrefix(folder, "/") {
		folder = "../../" + folder // as seen from the repository
	}
	for name, path := range map[string]string{
		"coinbase": "/coinbase/2021-04-17-exchange/traffic.jsonl",
		"binance":  "/binance/2021-04-17/traffic.jsonl",
		"bitstamp": "/bitstamp/2022-01/traffic.jsonl",
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			args := []string{"-exchange", name, "-replay", folder + path, "-json", "-fast", "-all"}
			require.NoError(t, run(t.Context(), args, &out, io.Discard, false))
			assert.NotEmpty(t, last(t, out.String()))
		})
	}
}

// shared is a buffer that a program writes and a test reads.
type shared struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestLive(t *testing.T) {
	server := coinblockprosim.NewServer(simexchange.Config{Seed: 1, Rate: 50})
	defer server.Close()
	for name, c := range map[string]struct {
		args     []string
		terminal bool
		want     string
	}{
		"table": {[]string{"-all"}, true, "45 of 45 markets known"},
		"rows":  {[]string{"-all"}, true, "and 5 more: -json shows all"},
		"lines": {[]string{"btc-usd", "ltc-eth"}, false, "BTC-USD"},
		"json":  {[]string{"-json", "BTC-USD"}, true, `{"market":"BTC-USD","trade":{"price":"`},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var out shared
			args := append([]string{"-exchange", "coinblockpro", "-rest", server.RESTURL(), "-ws", server.WebSocketURL()}, c.args...)
			ended := make(chan error, 1)
			go func() { ended <- run(ctx, args, &out, io.Discard, c.terminal) }()
			require.Eventually(t, func() bool { return strings.Contains(out.String(), c.want) }, 10*time.Second, 20*time.Millisecond)
			cancel()
			require.NoError(t, <-ended, "an interrupt is no failure")
		})
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	for says, args := range map[string][]string{
		"-exchange has to be one of binance, ": {"-all"},
		"name markets, such as BTC-EUR":        {"-exchange", "kraken"},
		"-fast goes with -replay":              {"-exchange", "kraken", "-all", "-fast"},
		"replay: open none":                    {"-exchange", "bl3p", "-all", "-replay", "none"},
		"flag: help requested":                 {"-burp"},
	} {
		require.ErrorContains(t, run(t.Context(), args, io.Discard, io.Discard, false), says)
	}
}

func TestNoNetwork(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a while whether it gets better")
	}
	args := []string{"-exchange", "kraken", "-rest", "http://127.0.0.1:1", "-ws", "ws://127.0.0.1:1", "-all"}
	require.ErrorContains(t, run(t.Context(), args, io.Discard, io.Discard, false), "cannot reach kraken: no network?")
}
