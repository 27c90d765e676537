package binance

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/replay"
	"github.com/tickersync/tickersync/ticker"
)

// recordings are the folders of recorded connections.
func recordings(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(captures(t), "*", "traffic.jsonl"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for i := range files {
		files[i] = filepath.Dir(files[i])
	}
	return files
}

func frames(t *testing.T, file string) (out [][]byte) {
	t.Helper()
	for f, err := range replay.Frames(file) {
		require.NoError(t, err)
		if !f.Opens {
			out = append(out, f.Data)
		}
	}
	require.NotEmpty(t, out)
	return out
}

// player returns what reads the frames of a recording.
func player(t *testing.T, dir string) exchange.ParseFunc {
	t.Helper()
	src := New(&exchange.Options{HTTPClient: replay.Client(dir)})
	defer src.CloseIdleConnections()
	ls, err := src.Markets(t.Context())
	require.NoError(t, err)
	return src.Replay(ls)
}

// last is the last quote of each market, of the frames that can be read.
func last(t *testing.T, parse exchange.ParseFunc, all [][]byte) map[ticker.Market]ticker.Quote {
	t.Helper()
	out := map[ticker.Market]ticker.Quote{}
	for _, p := range all {
		us, _, err := parse(p, nil)
		var bad *exchange.FrameError
		if err != nil {
			require.True(t, errors.As(err, &bad), "%v", err)
		}
		for _, u := range us {
			if before := out[u.Market]; u.Quote.Key >= before.Key {
				out[u.Market] = u.Quote
			}
		}
	}
	return out
}

type quote struct{ B, BidSize, A, AskSize string }

// expected reads expected_final.json: the last bookTicker of each symbol. Its keys
// differ only in case.
func expected(t *testing.T, dir string) map[string]quote {
	t.Helper()
	p, err := os.ReadFile(filepath.Join(dir, "expected_final.json"))
	require.NoError(t, err)
	var file struct {
		Final map[string]struct{ Data map[string]json.RawMessage }
	}
	require.NoError(t, json.Unmarshal(p, &file))
	out := map[string]quote{}
	for symbol, f := range file.Final {
		text := func(key string) string { return string(bytes.Trim(f.Data[key], `"`)) }
		out[symbol] = quote{text("b"), text("B"), text("a"), text("A")}
	}
	require.NotEmpty(t, out)
	return out
}

// TestReplay: each market ends as the recording's last frame of it says.
func TestReplay(t *testing.T) {
	for _, dir := range recordings(t) {
		for _, name := range []string{"traffic.jsonl", "ticker.jsonl"} {
			got := last(t, player(t, dir), frames(t, filepath.Join(dir, name)))
			same(t, dir, got)
		}
	}
}

func same(t *testing.T, dir string, got map[ticker.Market]ticker.Quote) {
	t.Helper()
	want := expected(t, dir)
	assert.Len(t, got, len(want))
	for m, q := range got {
		base, name := m.Split()
		w := want[base+name]
		for i, pair := range [][2]string{{w.B, q.Bid.String()}, {w.BidSize, q.BidSize.String()}, {w.A, q.Ask.String()}, {w.AskSize, q.AskSize.String()}} {
			assert.True(t, decimal.MustParse(pair[0]).Equal(decimal.MustParse(pair[1])), "%s: %d: %v", m, i, pair)
		}
		assert.True(t, q.Time.IsZero())
	}
}

// TestReplayOfSpoiltTraffic: frames that are cut, doubled, reordered or junk never
// panic, and never cost another frame.
func TestReplayOfSpoiltTraffic(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, dir := range recordings(t) {
		var all [][]byte
		for _, p := range frames(t, filepath.Join(dir, "traffic.jsonl")) {
			all = append(all, p, p, p[:rng.IntN(len(p))])
			junk := bytes.Clone(p)
			for range 1 + rng.IntN(5) {
				junk[rng.IntN(len(junk))] = "\x00{}[]\",:e-"[rng.IntN(10)]
			}
			all = append(all, junk)
		}
		clean := all[:0:0]
		parse := player(t, dir)
		for _, p := range all { // what is spoilt must not panic; what it may tell is not known
			_, _, _ = parse(p, nil)
		}
		for i, p := range all {
			if i%4 < 3 {
				clean = append(clean, p)
			}
		}
		rng.Shuffle(len(clean), func(i, k int) { clean[i], clean[k] = clean[k], clean[i] })
		same(t, dir, last(t, parse, clean))
	}
}

// TestRecordedREST: every row of a recorded answer is read whole.
func TestRecordedREST(t *testing.T) {
	dir := filepath.Join(captures(t), "gocryptotrader")
	body, err := os.ReadFile(filepath.Join(dir, "api_v3_ticker_24hr.json"))
	require.NoError(t, err)
	var rows []struct{ Symbol, BidPrice, LastPrice string }
	require.NoError(t, json.Unmarshal(body, &rows))
	trading := map[string]ticker.Market{}
	for _, r := range rows {
		trading[r.Symbol] = ticker.Market(r.Symbol + "-X")
	}
	us, err := readTickers(body, trading)
	require.NoError(t, err)
	require.Len(t, us, len(rows))
	for i, u := range us {
		assert.Equal(t, ticker.AllGroups, u.Groups)
		assert.True(t, decimal.MustParse(rows[i].BidPrice).Equal(u.Quote.Bid))
		assert.True(t, decimal.MustParse(rows[i].LastPrice).Equal(u.Trade.Price))
	}
	ls := []exchange.Listing{{Market: "BNB-BTC", Symbol: "BNBBTC"}}
	got := 0
	parse := New(nil).Replay(ls)
	for _, p := range frames(t, filepath.Join(dir, "wsHandleData.jsonl")) {
		us, _, err := parse(p, nil)
		require.NoError(t, err)
		got += len(us)
	}
	assert.Equal(t, 1, got, "@ticker; other types are passed over")
}
