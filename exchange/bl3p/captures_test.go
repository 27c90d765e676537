package bl3p

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/replay"
	"github.com/tickersync/tickersync/ticker"
)

// captured returns the recorded files of BL3P that match; none, where there are
// no recordings.
func captured(t *testing.T, pattern string) []string {
	t.Helper()
	root := os.Getenv("TICKERSYNC_CAPTURES")
	if root == "" {
		return nil
	}
	files, err := filepath.Glob(filepath.Join(root, Name, "*", pattern))
	require.NoError(t, err)
	return files
}

// those returns them too, and skips the test where there are none.
func those(t *testing.T, pattern string) []string {
	t.Helper()
	files := captured(t, pattern)
	if len(files) == 0 {
		t.Skip("TICKERSYNC_CAPTURES names no recordings of " + Name)
	}
	return files
}

// recorded returns the frames of a recording, and of what market they are.
func recorded(t *testing.T, path string) (frames [][]byte, l exchange.Listing) {
	t.Helper()
	for f, err := range replay.Frames(path) {
		require.NoError(t, err)
		if !f.Opens {
			frames = append(frames, f.Data)
		}
	}
	require.NotEmpty(t, frames)
	for _, symbol := range []string{"LTCEUR", "BTCEUR"} {
		if strings.Contains(path, symbol) || strings.Contains(string(frames[0]), symbol) || symbol == "BTCEUR" {
			return frames, of(t, ticker.Market(strings.TrimSuffix(symbol, "EUR")+"-EUR"))
		}
	}
	panic("unreachable")
}

type row struct {
	Price  int64 `json:"price_int"`
	Amount int64 `json:"amount_int"`
}

// plainly reads a frame as plainly as can be.
func plainly(t *testing.T, frame []byte, u *ticker.Ticker) {
	t.Helper()
	var f struct {
		row
		Bids, Asks []row
	}
	require.NoError(t, json.Unmarshal(frame, &f))
	if f.Price > 0 {
		u.Trade.Price, u.Trade.Size = decimal.MustNew(f.Price, 5), decimal.MustNew(f.Amount, 8)
		return
	}
	var bid, ask row
	for _, r := range f.Bids {
		if bid.Price == 0 || r.Price > bid.Price {
			bid = r
		}
	}
	for _, r := range f.Asks {
		if ask.Price == 0 || r.Price < ask.Price {
			ask = r
		}
	}
	u.Quote.Bid, u.Quote.BidSize = decimal.MustNew(bid.Price, 5), decimal.MustNew(bid.Amount, 8)
	u.Quote.Ask, u.Quote.AskSize = decimal.MustNew(ask.Price, 5), decimal.MustNew(ask.Amount, 8)
}

func TestReplay(t *testing.T) {
	for _, path := range those(t, "*.jsonl") {
		frames, l := recorded(t, path)
		parse := New(nil).Replay([]exchange.Listing{l})
		var want, got ticker.Ticker
		for _, frame := range frames {
			plainly(t, frame, &want)
			us, _, err := parse(frame, nil)
			require.NoError(t, err)
			require.Len(t, us, 1)
			assert.Equal(t, l.Market, us[0].Market)
			if us[0].Groups.Has(ticker.TradeGroup) {
				got.Trade = us[0].Trade
			}
			if us[0].Groups.Has(ticker.QuoteGroup) {
				got.Quote = us[0].Quote
			}
			for _, p := range [][2]decimal.Decimal{
				{want.Trade.Price, got.Trade.Price}, {want.Trade.Size, got.Trade.Size},
				{want.Quote.Bid, got.Quote.Bid}, {want.Quote.BidSize, got.Quote.BidSize},
				{want.Quote.Ask, got.Quote.Ask}, {want.Quote.AskSize, got.Quote.AskSize},
			} {
				assert.Zero(t, p[0].Cmp(p[1]), "%v, not %v", p[1], p[0])
			}
		}
	}
}

func TestReplayTicker(t *testing.T) {
	for _, path := range those(t, "rest_*ticker*.json") {
		body, err := os.ReadFile(path)
		require.NoError(t, err)
		var want struct {
			Currency                  string
			Last, Bid, Ask, High, Low json.Number
			Volume                    map[string]json.Number
		}
		require.NoError(t, json.Unmarshal(body, &want))
		u, err := readTicker(body, of(t, ticker.Market(want.Currency+"-EUR")))
		require.NoError(t, err)
		assert.Equal(t, ticker.AllGroups, u.Groups)
		for _, p := range []struct {
			want json.Number
			got  decimal.Decimal
		}{
			{want.Last, u.Trade.Price}, {want.Bid, u.Quote.Bid}, {want.Ask, u.Quote.Ask},
			{want.High, u.Stats.High}, {want.Low, u.Stats.Low}, {want.Volume["24h"], u.Stats.Volume},
		} {
			assert.Zero(t, dec(p.want.String()).Cmp(p.got), "%v, not %v", p.got, p.want)
		}
	}
}

// TestReplayMangled: frames that are cut, doubled, reordered or filled with junk
// cost no other frame anything.
func TestReplayMangled(t *testing.T) {
	sets := map[string][][]byte{"fixtures": {fixture(t, "trade.json"), fixture(t, "orderbook.json"), fixture(t, "orderbook_2018.json")}}
	for _, path := range captured(t, "*.jsonl") {
		sets[path], _ = recorded(t, path)
	}
	for name, frames := range sets {
		t.Run(filepath.Base(name), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 1))
			l := of(t, "BTC-EUR")
			parse := New(nil).Replay([]exchange.Listing{l})
			for range 2000 {
				frame := frames[rng.IntN(len(frames))]
				want, err := (&reader{markets: []exchange.Listing{l}}).read(frame, nil)
				require.NoError(t, err)
				us, _, err := parse(mangle(rng, frame), nil)
				var bad *exchange.FrameError
				if err != nil {
					require.ErrorAs(t, err, &bad)
				}
				require.LessOrEqual(t, len(us), 1)
				for range 2 {
					us, _, err = parse(frame, nil)
					require.NoError(t, err)
					require.Equal(t, want, us)
				}
			}
		})
	}
}

func mangle(rng *rand.Rand, frame []byte) []byte {
	p := append([]byte(nil), frame...)
	switch at := rng.IntN(len(p)); rng.IntN(3) {
	case 0:
		return p[:at]
	case 1:
		return append(p[:at], errors.ErrUnsupported.Error()...)
	default:
		for range 1 + rng.IntN(8) {
			p[rng.IntN(len(p))] = byte(rng.Uint32())
		}
		return p
	}
}
