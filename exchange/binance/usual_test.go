package binance

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// TestUsual: frames as the exchange sends them are read in one go, others are not.
func TestUsual(t *testing.T) {
	s := newSession(exchange.NewSubscription(abc)).(*session)
	usual := func(frame string) bool { return s.usual([]byte(frame), new(ticker.Update)) }
	for _, name := range []string{"bookticker.json", "bookticker_raw.json", "ticker.json"} {
		frame := string(fixture(t, name))
		assert.True(t, usual(frame), name)
		for _, spoil := range []string{`,"u":1`, `,"e":"24hrTicker"`, `,"data":{"b":"1"}`, `,"id":1`, `,"s":"NOSUCH"`, `,"a":null,"c":null`, `,"A":"","Q":""`, `,"B":0,"L":-1`, `x`} {
			i := strings.Index(frame, "}")
			other := frame[:i] + spoil + frame[i:]
			if name != "ticker.json" || spoil != `,"u":1` { // which does not count there
				assert.False(t, usual(other), other)
			}
		}
		for i := range strings.TrimSpace(frame) {
			assert.False(t, usual(frame[:i]), frame[:i])
		}
	}
	for _, name := range []string{"bookticker_empty_side.json", "ticker_no_trades.json", "miniticker.json", "trade.json", "ack.json", "shutdown.json"} {
		assert.False(t, usual(string(fixture(t, name))), name)
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

// TestAnyOrder: the keys tell the same in any order, within data and around it.
func TestAnyOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := newSession(exchange.NewSubscription(abc))
	for _, name := range []string{"bookticker.json", "ticker.json", "ticker_no_trades.json", "bookticker_empty_side.json"} {
		var frame struct{ Data json.RawMessage }
		require.NoError(t, json.Unmarshal(fixture(t, name), &frame))
		want := one(t, fixture(t, name))
		data := pairs(t, frame.Data)
		for range 1000 {
			rng.Shuffle(len(data), func(i, k int) { data[i], data[k] = data[k], data[i] })
			bare := "{" + strings.Join(data, ",") + "}"
			for _, f := range []string{bare, `{"stream":"x","data":` + bare + `}`, `{"data":` + bare + `,"stream":"x"}`} {
				us, proves, err := s.Parse([]byte(f), nil)
				require.NoError(t, err, f)
				require.True(t, proves, f)
				require.Equal(t, []ticker.Update{want}, us, f)
			}
		}
	}
}

// TestAnyOrderAllocsNothing: frames that are not as usual cost time only.
func TestAnyOrderAllocsNothing(t *testing.T) {
	s := newSession(exchange.NewSubscription(abc))
	dst := make([]ticker.Update, 0, 4)
	frames := [][]byte{
		fixture(t, "bookticker_empty_side.json"), fixture(t, "ticker_no_trades.json"),
		[]byte(`{"data":{"B":"4","A":"3","a":"2","b":"1","s":"ABCUSDT","u":9},"stream":"x"}`),
		[]byte(`{"L":7,"v":"6","l":"5","h":"4","o":"3","Q":"2","c":"1","s":"ABCUSDT","E":1767225600123,"e":"24hrTicker"}`),
	}
	for _, frame := range frames {
		assert.Zero(t, testing.AllocsPerRun(100, func() {
			us, _, err := s.Parse(frame, dst[:0])
			if err != nil || len(us) != 1 {
				t.Fatal(us, err)
			}
		}), string(frame))
	}
}

// FuzzUsual: a frame that is read in one go tells what it tells otherwise, and all
// that is wrong with any is said in the same words.
func FuzzUsual(f *testing.F) {
	seed(f)
	for _, m := range []string{
		`{"u":1,"s":"ABCUSDT","b":"8e-08","B":1.5E+2,"a":9e-08,"A":"1"}`, `{"u":"007","s":"ABC\u0055SDT","b":1,"B":1,"a":2,"A":"1","x":[{}]}`,
		`{"e":"24hrTicker","E":8700000000000,"s":"ABCUSDT","c":"1","Q":"2","o":"3","h":"4","l":"5","v":"6","L":18446744073709551615}`,
		`{"stream":{"b":1},"data":{"u":1,"s":"ABCUSDT","b":"1","B":"1","a":"2","A":"-0","b":"3"}} `, `{"u":1,"b":"1","B":"1","a":"2","A":"1","s":7,"s":"ABCUSDT"}`,
	} {
		f.Add([]byte(m))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		sub := exchange.NewSubscription(abc)
		before := []ticker.Update{{Groups: ticker.StatsGroup}}
		got, proves, err := newSession(sub).Parse(frame, before)
		want, proof, fault := newSession(sub).(*session).anyFrame(frame, before)
		if fmt.Sprint(err) != fmt.Sprint(fault) || proves != proof || !assert.ObjectsAreEqual(want, got) {
			t.Fatalf("%q: %+v %v %v, but any: %+v %v %v", frame, got, proves, err, want, proof, fault)
		}
	})
}
