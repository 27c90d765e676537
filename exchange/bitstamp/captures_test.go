package bitstamp

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/replay"
	"github.com/tickersync/tickersync/ticker"
)

// capture is one recording, and what its last frames say.
type capture struct {
	name   string
	ms     []exchange.Listing
	frames [][]byte
	final  map[string]json.RawMessage // by symbol
}

func readCaptures(t *testing.T) (cs []capture) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(captures(t), "*", "t*.jsonl"))
	for _, file := range files {
		c := capture{name: file}
		for f, err := range replay.Frames(file) {
			require.NoError(t, err)
			if !f.Opens {
				c.frames = append(c.frames, slices.Clone(f.Data))
			}
		}
		dir := filepath.Dir(file)
		body, err := os.ReadFile(filepath.Join(dir, "rest_api_v2_trading_pairs_info.json"))
		require.NoError(t, err)
		c.ms, _, err = readMarkets(body)
		require.NoError(t, err)
		var expected struct{ Final map[string]json.RawMessage }
		body, err = os.ReadFile(filepath.Join(dir, "expected_final.json"))
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(body, &expected))
		c.final = expected.Final
		cs = append(cs, c)
	}
	require.NotEmpty(t, cs)
	return cs
}

// play replays frames. Those that could not be read are counted.
func play(t *testing.T, c *capture, frames [][]byte) (us []ticker.Update, bad int) {
	t.Helper()
	parse := New(nil).Replay(c.ms)
	for _, p := range frames {
		var err error
		var frame *exchange.FrameError
		if us, _, err = parse(p, us); err != nil {
			require.ErrorAs(t, err, &frame)
			bad++
		}
	}
	return us, bad
}

// last returns the newest update of each market.
func last(us []ticker.Update) map[ticker.Market]ticker.Update {
	m := map[ticker.Market]ticker.Update{}
	for _, u := range us {
		if u.Trade.Key >= m[u.Market].Trade.Key {
			m[u.Market] = u
		}
	}
	return m
}

// compare looks at whether each market is as the recording's last frame says.
func (c *capture) compare(t *testing.T, got map[ticker.Market]ticker.Update) {
	t.Helper()
	for symbol, frame := range c.final {
		i := slices.IndexFunc(c.ms, func(l exchange.Listing) bool { return l.Symbol == symbol })
		require.GreaterOrEqual(t, i, 0, symbol)
		var want struct {
			Data struct {
				ID     uint64 `json:"id"`
				Price  string `json:"price_str"`
				Amount string `json:"amount_str"`
			}
		}
		require.NoError(t, json.Unmarshal(frame, &want))
		u := got[c.ms[i].Market]
		assert.Equal(t, want.Data.ID, u.Trade.Key, symbol)
		assert.True(t, decimal.MustParse(want.Data.Price).Equal(u.Trade.Price), "%s: %v", symbol, u)
		assert.True(t, decimal.MustParse(want.Data.Amount).Equal(u.Trade.Size), "%s: %v", symbol, u)
	}
}

func TestReplay(t *testing.T) {
	for _, c := range readCaptures(t) {
		us, bad := play(t, &c, c.frames)
		assert.Zero(t, bad, c.name)
		trades := 0
		for _, p := range c.frames {
			if strings.Contains(string(p), `"event":"trade"`) {
				trades++
			}
		}
		assert.Len(t, us, trades, c.name)
		c.compare(t, last(us))
		t.Logf("%s: %d frames, %d trades, %d markets compared", c.name, len(c.frames), len(us), len(c.final))
	}
}

// TestReplayMangled: frames that are cut, doubled, reordered or filled with junk
// lose no other frame.
func TestReplayMangled(t *testing.T) {
	for _, c := range readCaptures(t) {
		whole, _ := play(t, &c, c.frames)
		for seed := range uint64(50) {
			rng := rand.New(rand.NewPCG(seed, 1))
			var frames [][]byte
			for _, p := range c.frames {
				for range rng.IntN(4) {
					q := slices.Clone(p)
					switch rng.IntN(3) {
					case 0:
						q = q[:rng.IntN(len(q))]
					case 1:
						for range 1 + rng.IntN(9) {
							q[rng.IntN(len(q))] = byte(rng.IntN(9)) // nothing that JSON allows
						}
					case 2:
						q = append(q, "}]\x00junk"...)
					}
					frames = append(frames, q)
				}
				frames = append(frames, p, p)
			}
			us, bad := play(t, &c, frames)
			assert.Positive(t, bad)
			assert.Len(t, us, 2*len(whole), "seed %d", seed)
			c.compare(t, last(us))
			rng.Shuffle(len(frames), func(i, k int) { frames[i], frames[k] = frames[k], frames[i] })
			us, _ = play(t, &c, frames)
			assert.Len(t, us, 2*len(whole), "seed %d", seed)
			c.compare(t, last(us))
		}
	}
}

// TestRecordedTicker: an answer for one market, which does not say for which.
func TestRecordedTicker(t *testing.T) {
	body, err := os.ReadFile(filepath.Join(captures(t), "gocryptotrader", "api_v2_ticker_btcusd.json"))
	require.NoError(t, err)
	var want struct{ Last, Bid, Ask, High, Low, Volume string }
	require.NoError(t, json.Unmarshal(body, &want))
	u, err := readTicker(body, "BTC-USD")
	require.NoError(t, err)
	for text, got := range map[string]decimal.Decimal{
		want.Last: u.Trade.Price, want.Bid: u.Quote.Bid, want.Ask: u.Quote.Ask,
		want.High: u.Stats.High, want.Low: u.Stats.Low, want.Volume: u.Stats.Volume,
	} {
		assert.True(t, decimal.MustParse(text).Equal(got), "%s: %v", text, got)
	}
}
