package kraken

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

// TestUsual: data as the exchange sends it is read in one go, other frames are not.
func TestUsual(t *testing.T) {
	for _, name := range []string{"ticker_snapshot", "ticker_update", "trade_snapshot", "trade_update"} {
		frame := strings.TrimSpace(string(fixture(t, name)))
		us, ok := newTestSession().usual([]byte(frame), nil)
		require.True(t, ok, name)
		assert.Len(t, us, 1)
		for i := range frame {
			_, ok := newTestSession().usual([]byte(frame[:i]), nil)
			assert.False(t, ok, frame[:i])
		}
		open := strings.TrimSuffix(frame, "}")
		for _, other := range []string{frame + "x", open + `,"channel":"status"}`, open + `,"data":[]}`, open + `,"error":7}`, strings.Replace(frame, `"symbol":"`, `"symbol":"X`, 1), strings.Replace(frame, `[{`, `[7,{`, 1)} {
			_, ok := newTestSession().usual([]byte(other), nil)
			assert.False(t, ok, other)
		}
	}
	for _, name := range []string{"status", "pong", "heartbeat", "ack_ticker", "refused"} {
		_, ok := newTestSession().usual(fixture(t, name), nil)
		assert.False(t, ok, name)
	}
}

// pairs are the keys and values of an object, as they are written.
func pairs(t *testing.T, object []byte) (out []string) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(object)))
	_, err := d.Token()
	require.NoError(t, err)
	for d.More() {
		key, err := d.Token()
		require.NoError(t, err)
		var value json.RawMessage
		require.NoError(t, d.Decode(&value))
		out = append(out, fmt.Sprintf("%q:%s", key, value))
	}
	return out
}

// TestAnyOrder: the keys tell the same in any order, in a row and around the rows.
func TestAnyOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := newTestSession()
	shuffled := func(pairs []string) string {
		rng.Shuffle(len(pairs), func(i, k int) { pairs[i], pairs[k] = pairs[k], pairs[i] })
		return "{" + strings.Join(pairs, ",") + "}"
	}
	for _, name := range []string{"ticker_snapshot", "ticker_update", "trade_snapshot", "trade_update"} {
		want, _, err := s.Parse(fixture(t, name), nil)
		require.NoError(t, err)
		var frame struct {
			Channel, Type json.RawMessage
			Data          []json.RawMessage
		}
		require.NoError(t, json.Unmarshal(fixture(t, name), &frame))
		for range 1000 {
			var rows []string
			for _, row := range frame.Data {
				rows = append(rows, shuffled(pairs(t, row)))
			}
			data := fmt.Sprintf(`"data":[%s]`, strings.Join(rows, ","))
			mixed := shuffled([]string{fmt.Sprintf(`"channel":%s`, frame.Channel), fmt.Sprintf(`"type":%s`, frame.Type), data})
			us, proves, err := s.Parse([]byte(mixed), nil)
			require.NoError(t, err, mixed)
			require.True(t, proves, mixed)
			require.Equal(t, want, us, mixed)
		}
	}
}

// TestAnyOrderAllocsNothing: frames that are not as usual cost time only.
func TestAnyOrderAllocsNothing(t *testing.T) {
	s := newTestSession()
	dst := make([]ticker.Update, 0, 4)
	for _, frame := range []string{
		`{"data":[{"bid":1,"ask":2,"symbol":"BTC/EUR"}],"type":"update","channel":"ticker"}`,
		`{"data":[{"trade_id":1,"qty":2,"price":3,"symbol":"BTC/EUR"}],"channel":"trade"}`,
	} {
		p := []byte(frame)
		assert.Zero(t, testing.AllocsPerRun(100, func() {
			us, _, err := s.Parse(p, dst[:0])
			if err != nil || len(us) != 1 {
				t.Fatal(us, err)
			}
		}), frame)
	}
}

// FuzzUsual: a frame that is read in one go tells what it tells otherwise, and all
// that is wrong with any is said in the same words.
func FuzzUsual(f *testing.F) {
	for _, name := range []string{"status", "ack_trade", "refused", "ticker_snapshot", "ticker_update", "trade_snapshot", "heartbeat"} {
		f.Add(fixture(f, name))
	}
	for _, m := range []string{
		tickerFrame(`{"symbol":"BTC\/EUR","bid":1e-05,"ask":-2},{"symbol":"DOGE/BTC","volume":1}`), tickerFrame(``), tickerFrame(`null`),
		tradeFrame(`{"symbol":"BTC/EUR","price":1,"trade_id":2},{"symbol":"BTC/EUR","price":3,"trade_id":1}`), `{"channel":"ticker","type":7,"data":{}}`,
	} {
		f.Add([]byte(m))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		before := []ticker.Update{{Groups: ticker.StatsGroup, Ticker: ticker.Ticker{Market: "BTC-EUR"}}}
		got, proves, err := newTestSession().Parse(frame, before)
		want, proof, fault := newTestSession().anyFrame(frame, before)
		if fmt.Sprint(err) != fmt.Sprint(fault) || proves != proof || !assert.ObjectsAreEqual(want, got) {
			t.Fatalf("%q: %v %v %v, but any: %v %v %v", frame, show(got...), proves, err, show(want...), proof, fault)
		}
	})
}
