package coinbase

import (
	"encoding/json"
	"errors"
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

// recorded is a recorded connection, and what its last frames say, as
// encoding/json reads them.
type recorded struct {
	ids    []string
	frames []string
	last   map[ticker.Market]map[string]string
}

func recordings(t *testing.T) map[string]*recorded {
	t.Helper()
	all := make(map[string]*recorded)
	for _, folder := range captures(t) {
		files, err := filepath.Glob(filepath.Join(folder, "t*.jsonl"))
		require.NoError(t, err)
		for _, file := range files {
			r := &recorded{last: make(map[ticker.Market]map[string]string)}
			for f, err := range replay.Frames(file) {
				require.NoError(t, err)
				if !f.Opens {
					r.take(f.Data)
				}
			}
			if len(r.last) > 0 {
				all[filepath.Base(folder)+"/"+filepath.Base(file)] = r
			}
		}
	}
	return all
}

func (r *recorded) take(frame []byte) {
	r.frames = append(r.frames, string(frame))
	var fields map[string]any
	d := json.NewDecoder(strings.NewReader(string(frame)))
	d.UseNumber()
	if d.Decode(&fields) != nil || fields["type"] != "ticker" {
		return
	}
	m := make(map[string]string)
	for k, v := range fields {
		switch v := v.(type) {
		case string:
			m[k] = v
		case json.Number:
			m[k] = v.String()
		}
	}
	id := m["product_id"]
	r.last[ticker.Market(id)] = m
	if !slices.Contains(r.ids, id) {
		r.ids = append(r.ids, id)
	}
}

// check compares the newest updates with the last frames, as exact decimals.
func (r *recorded) check(t *testing.T, got map[ticker.Market]ticker.Update) {
	t.Helper()
	for id, want := range r.last {
		u, ok := got[id]
		require.True(t, ok, id)
		for field, value := range map[string]string{
			"price": u.Trade.Price.String(), "last_size": u.Trade.Size.String(),
			"best_bid": u.Quote.Bid.String(), "best_ask": u.Quote.Ask.String(),
			"open_24h": u.Stats.Open.String(), "high_24h": u.Stats.High.String(),
			"low_24h": u.Stats.Low.String(), "volume_24h": u.Stats.Volume.String(),
		} {
			d, err := exchange.ParseDecimal([]byte(want[field]))
			require.NoError(t, err)
			assert.Equal(t, d.String(), value, "%s %s", id, field)
		}
		assert.Equal(t, want["time"], u.Trade.Time.Format("2006-01-02T15:04:05.000000Z"))
	}
}

// play reads the frames and returns each market's update of the newest trade; of
// the same, the last.
func (r *recorded) play(t *testing.T, frames []string) map[ticker.Market]ticker.Update {
	t.Helper()
	read := reader(r.ids...)
	got := make(map[ticker.Market]ticker.Update)
	for _, f := range frames {
		us, _, err := read([]byte(f), nil)
		var bad *exchange.FrameError
		if err != nil && !errors.As(err, &bad) {
			assert.Contains(t, f, `"error"`)
		}
		for _, u := range us {
			if u.Trade.Key >= got[u.Market].Trade.Key {
				got[u.Market] = u
			}
		}
	}
	return got
}

func TestReplay(t *testing.T) {
	for name, r := range recordings(t) {
		t.Run(name, func(t *testing.T) {
			t.Logf("%d frames of %d products", len(r.frames), len(r.ids))
			r.check(t, r.play(t, r.frames))
			rng := rand.New(rand.NewPCG(1, 1))
			for range 50 {
				r.check(t, r.play(t, spoil(rng, r.frames)))
			}
		})
	}
}

// spoil puts junk, halves and doubles between the frames, and has neighbours
// change places.
func spoil(rng *rand.Rand, frames []string) (out []string) {
	junk := []string{"", "{", "[[[[", "\x00\xff", `{"type":"ticker"}`, `{"type":7}`, "Closed for maintenance.", strings.Repeat("[", 100_000)}
	for _, f := range frames {
		if rng.IntN(4) == 0 {
			out = append(out, junk[rng.IntN(len(junk))])
		}
		if rng.IntN(4) == 0 {
			out = append(out, f[:rng.IntN(len(f))])
		}
		if out = append(out, f); rng.IntN(4) == 0 {
			out = append(out, f)
		}
	}
	for i := 1; i < len(out); i++ {
		if rng.IntN(4) == 0 {
			out[i-1], out[i] = out[i], out[i-1]
		}
	}
	return out
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(f, err)
	for _, file := range files {
		p, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(p)
	}
	f.Add([]byte(`{"type":"error","message":"Failed to subscribe","reason":"ABC-USD is delisted"}`))
	read := reader("ABC-USD", "XYZ-BTC")
	f.Fuzz(func(t *testing.T, frame []byte) {
		us, proves, err := read(frame, nil)
		if len(us) > 1 || len(us) == 1 && (us[0].Groups == 0 || us[0].Market != "ABC-USD" && us[0].Market != "XYZ-BTC") {
			t.Fatalf("%q: %+v", frame, us)
		}
		for _, u := range us {
			if u.Groups.Has(ticker.TradeGroup) && (!u.Trade.Price.IsPos() || u.Trade.Key == 0) || !u.Groups.Has(ticker.TradeGroup) && u.Trade != (ticker.Trade{}) ||
				u.Groups.Has(ticker.QuoteGroup) && (u.Quote.Time.IsZero() || u.Quote.Bid.IsNeg() || u.Quote.Ask.IsNeg()) || u.Age < 0 {
				t.Fatalf("%q: %+v", frame, u)
			}
		}
		if !json.Valid(frame) && (len(us) > 0 || proves || err == nil) {
			t.Fatalf("%q is no JSON, and is read: %+v", frame, us)
		}
		if err != nil && len(err.Error()) > 2000 {
			t.Fatalf("%q: an error of %d bytes", frame, len(err.Error()))
		}
	})
}

func FuzzAnswer(f *testing.F) {
	for _, name := range []string{"rest_ticker.json", "rest_never_traded.json", "products.json"} {
		f.Add(fixture(f, name))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		u, _, err := readAnswer(body)
		if err == nil && (u.Groups == 0 || u.Groups.Has(ticker.TradeGroup) && !u.Trade.Price.IsPos()) {
			t.Fatalf("%q: %+v", body, u)
		}
		ls, _, err := readProducts(body)
		seen := make(map[ticker.Market]bool)
		for _, l := range ls {
			if !isSpelled(string(l.Market)) || seen[l.Market] {
				t.Fatalf("%q: %+v %v", body, l, err)
			}
			seen[l.Market] = true
		}
		_ = readComplaint(body).aboutTheProduct()
	})
}
