package kraken

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/replay"
	"github.com/tickersync/tickersync/ticker"
)

// recorded is a connection of websocket v2, read once more by encoding/json.
type recorded struct {
	name   string
	frames [][]byte
	ms     []exchange.Listing
	final  map[ticker.Market]map[string]json.Number // the last row of each market
	told   int                                      // rows of tickers
}

type anyFrame struct {
	Channel string
	Data    []struct {
		Symbol                      string
		Bid, Ask, High, Low, Volume json.Number
	}
}

func readRecording(t *testing.T, path string) *recorded {
	t.Helper()
	c := &recorded{name: path, final: map[ticker.Market]map[string]json.Number{}}
	for f, err := range replay.Frames(path) {
		require.NoError(t, err)
		if f.Opens {
			continue
		}
		c.frames = append(c.frames, slices.Clone(f.Data))
		var m anyFrame
		if json.Unmarshal(f.Data, &m) != nil || m.Channel != "ticker" {
			continue
		}
		for _, row := range m.Data {
			market, ok := marketOf(row.Symbol)
			require.True(t, ok)
			if c.final[market] == nil {
				c.ms = append(c.ms, exchange.Listing{Market: market, Symbol: row.Symbol})
			}
			c.told++
			c.final[market] = map[string]json.Number{"bid": row.Bid, "ask": row.Ask, "high": row.High, "low": row.Low, "volume": row.Volume}
		}
	}
	return c
}

// recordings are hand-written, and those of TICKERSYNC_CAPTURES where it is set.
func recordings(t *testing.T) (cs []*recorded) {
	t.Helper()
	paths := []string{"testdata/traffic.jsonl"}
	if folder := os.Getenv("TICKERSYNC_CAPTURES"); folder != "" {
		more, _ := filepath.Glob(filepath.Join(folder, Name, "*", "t*.jsonl"))
		paths = append(paths, more...)
	}
	for _, p := range paths {
		if c := readRecording(t, p); c.told > 0 { // the others are of v1
			cs = append(cs, c)
		}
	}
	return cs
}

// play reads frames and returns what they told, and how many were bad.
func play(t *testing.T, ms []exchange.Listing, frames [][]byte) (us []ticker.Update, bad int) {
	t.Helper()
	parse := New(nil).Replay(ms)
	for _, p := range frames {
		var err error
		if us, _, err = parse(p, us); err != nil {
			var frame *exchange.FrameError
			require.ErrorAs(t, err, &frame)
			bad++
		}
	}
	return us, bad
}

// compare looks at whether the last that was told of each market is what its last
// row says.
func (c *recorded) compare(t *testing.T, us []ticker.Update) {
	t.Helper()
	got := map[ticker.Market]ticker.Update{}
	for _, u := range us {
		if u.Groups.Has(ticker.QuoteGroup) {
			got[u.Market] = u
		}
	}
	require.Len(t, got, len(c.final))
	for m, want := range c.final {
		u := got[m]
		for field, d := range map[string]interface{ String() string }{
			"bid": u.Quote.Bid, "ask": u.Quote.Ask, "high": u.Stats.High, "low": u.Stats.Low, "volume": u.Stats.Volume,
		} {
			exact, err := exchange.ParseDecimal([]byte(want[field]))
			require.NoError(t, err)
			assert.Equal(t, exact.String(), d.String(), "%s: %s of %s", c.name, field, m)
		}
		assert.True(t, u.Quote.BidSize.IsZero() && u.Quote.AskSize.IsZero() && u.Stats.Open.IsZero())
	}
}

func quotes(us []ticker.Update) (n int) {
	for _, u := range us {
		if u.Groups.Has(ticker.QuoteGroup) {
			n++
		}
	}
	return n
}

func TestReplay(t *testing.T) {
	for _, c := range recordings(t) {
		us, bad := play(t, c.ms, c.frames)
		assert.Zero(t, bad, c.name)
		assert.Equal(t, c.told, quotes(us), c.name)
		c.compare(t, us)
		t.Logf("%s: %d frames, %d tickers, %d markets compared", c.name, len(c.frames), c.told, len(c.final))
	}
}

// TestReplayMangled: frames that are cut, doubled, reordered or filled with junk
// lose no other frame.
func TestReplayMangled(t *testing.T) {
	for _, c := range recordings(t) {
		whole, _ := play(t, c.ms, c.frames)
		for seed := range uint64(50) {
			rng := rand.New(rand.NewPCG(seed, 1))
			var frames [][]byte
			for _, p := range c.frames {
				for range rng.IntN(4) {
					frames = append(frames, mangled(rng, p))
				}
				frames = append(frames, p, p)
			}
			us, _ := play(t, c.ms, frames)
			assert.Len(t, us, 2*len(whole), "seed %d", seed)
			c.compare(t, us)
			rng.Shuffle(len(frames), func(i, k int) { frames[i], frames[k] = frames[k], frames[i] })
			us, _ = play(t, c.ms, frames)
			assert.Len(t, us, 2*len(whole), "seed %d", seed)
		}
	}
}

// mangled returns a copy that is no JSON.
func mangled(rng *rand.Rand, p []byte) []byte {
	q := slices.Clone(p)
	switch rng.IntN(3) {
	case 0:
		return q[:rng.IntN(len(q))]
	case 1:
		for range 1 + rng.IntN(9) {
			q[rng.IntN(len(q))] = byte(rng.IntN(9)) // nothing that JSON allows
		}
		return q
	}
	return append(q, "}]\x00junk"...)
}

// TestReplayV1: the recorded stream of websocket v1 is another protocol. None of
// its tickers is taken for one of v2, and none of its frames does any harm.
func TestReplayV1(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(captures(t), "*", "*.jsonl"))
	for _, path := range files {
		c := readRecording(t, path)
		if c.told > 0 {
			continue
		}
		us, bad := play(t, listings(), c.frames)
		assert.Empty(t, us)
		arrays := 0
		for _, f := range c.frames {
			if strings.HasPrefix(string(f), "[") {
				arrays++
			}
		}
		assert.Equal(t, arrays, bad, path)
		t.Logf("%s: %d frames, %d of data", path, len(c.frames), arrays)
	}
}
