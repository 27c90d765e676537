package coinblockpro

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

func known(t testing.TB) names {
	t.Helper()
	var ls []exchange.Listing
	for _, name := range Markets() {
		l, ok := listing(name)
		if !ok {
			t.Fatal(name)
		}
		ls = append(ls, l)
	}
	return namesOf(ls, false)
}

// rows writes updates as "market price, ..." in order.
func rows(us []ticker.Update) string {
	var out []string
	for _, u := range us {
		out = append(out, fmt.Sprint(u.Market, " ", u.Trade.Price))
	}
	return strings.Join(out, ", ")
}

func TestParse(t *testing.T) {
	for frame, want := range map[string]string{
		`{'etc_dot': 7533.094}`:                            "ETC-DOT 7533.094",
		`{"etc_dot": 7533.094}`:                            "ETC-DOT 7533.094",
		`{'etc_dot': 7533.094, 'btc_ltc': 2}`:              "ETC-DOT 7533.094, BTC-LTC 2",
		" {\t\"etc_dot\":1.50,\r\n'btc_ltc' : 2e3 } \n":    "ETC-DOT 1.5, BTC-LTC 2000",
		`{'xrp_btc': 1}`:                                   "", // not one of the 45: see the errors
		`{'eur_usd': 1e-05}`:                               "EUR-USD 0.00001",
		`{'eur_usd': 1.234e-07}`:                           "EUR-USD 0.0000001234",
		`{'eur_usd': 1e+16}`:                               "EUR-USD 10000000000000000",
		`{'eur_usd': 1.0}`:                                 "EUR-USD 1",
		`{'eur_usd': 37.930307309999996}`:                  "EUR-USD 37.930307309999996",
		`{'eur_usd': 1, 'eur_usd': 2}`:                     "EUR-USD 1, EUR-USD 2",
		`{}`:                                               "",
		` { } `:                                            "",
		`{'eur_usd': 0.0000000000000000001}`:               "EUR-USD 0.0000000000000000001",
		`{'eur_usd': 1.000000000000000000000000000000000}`: "EUR-USD 1",
	} {
		us, err := parse([]byte(frame), nil, known(t))
		assert.Equal(t, want, rows(us), frame)
		if !strings.Contains(frame, "xrp_btc") {
			assert.NoError(t, err, frame)
		}
	}
}

// TestSpoilt: a frame that is spoilt anywhere gives nothing, and costs nothing
// else.
func TestSpoilt(t *testing.T) {
	before := []ticker.Update{{Groups: ticker.StatsGroup}}
	for _, frame := range []string{
		``, ` `, `{`, `}`, `[]`, `null`, `None`, `1`, `"etc_dot"`, `{etc_dot: 1}`,
		`{'etc_dot'}`, `{'etc_dot':}`, `{'etc_dot' 1}`, `{'etc_dot': 1`, `{'etc_dot': 1,`, `{'etc_dot': 1,}`,
		`{,'etc_dot': 1}`, `{'etc_dot': 1,, 'btc_ltc': 2}`, `{'etc_dot': 1 'btc_ltc': 2}`,
		`{'etc_dot': 1}}`, `{'etc_dot': 1}{'btc_ltc': 2}`, `{'etc_dot': 1} x`, "{'etc_dot': 1}\x00",
		`{'etc_dot": 1}`, `{"etc_dot': 1}`, `{'etc_dot: 1}`, `{'etc\x5fdot': 1}`, `{'etc\'dot': 1}`, `{"etc\u005fdot": 1}`,
		`{'etc_dot': nan}`, `{'etc_dot': NaN}`, `{'etc_dot': inf}`, `{'etc_dot': -inf}`, `{'etc_dot': Infinity}`,
		`{'etc_dot': None}`, `{'etc_dot': null}`, `{'etc_dot': True}`, `{'etc_dot': '1'}`, `{'etc_dot': "1"}`,
		`{'etc_dot': [1]}`, `{'etc_dot': {}}`, `{'etc_dot': {'btc_ltc': 1}}`, `{'etc_dot': (1, 2)}`, `{'a': {'b': 1}}`,
		`{'etc_dot': 01}`, `{'etc_dot': .5}`, `{'etc_dot': 5.}`, `{'etc_dot': +5}`, `{'etc_dot': 1e}`, `{'etc_dot': 1_000}`,
		`{'etc_dot': 0x10}`, `{'etc_dot': 1+2j}`, `{'etc_dot': 1-2}`, `{'etc_dot': --1}`, `{'etc_dot': 1.2.3}`, `{'etc_dot': 1e5e5}`,
		`{1: 2}`, `{'etc_dot', 1}`, `{b'etc_dot': 1}`, `{u'etc_dot': 1}`, "\ufeff{'etc_dot': 1}",
		`{'btc_ltc': 5, 'etc_dot': nan}`, `{'nosuch_coin': 5, 'etc_dot': nan}`,
		strings.Repeat("[", 100_000), strings.Repeat("{'a':", 100_000), strings.Repeat("{", 100_000), "\xff\xfe\x00\x80",
	} {
		us, err := parse([]byte(frame), before, known(t))
		assert.Equal(t, before, us, "%.60s", frame)
		var bad *exchange.FrameError
		require.ErrorAs(t, err, &bad, "%.60s", frame)
		assert.Less(t, len(err.Error()), 400)
		assert.NotErrorIs(t, err, exchange.ErrUnknownMarket)
		assert.Equal(t, frame[:min(len(frame), 64)], bad.Frame)
	}
}

// TestRows: a row that is well written but of no use costs itself only.
func TestRows(t *testing.T) {
	for frame, want := range map[string]struct {
		market  ticker.Market
		unknown bool
		says    string
	}{
		`{'btc_ltc': 5, 'nosuch_coin': 7, 'btc_eth': 6}`:    {"", true, `unknown market "nosuch_coin"`},
		`{'btc_ltc': 5, '': 7, 'btc_eth': 6}`:               {"", true, `unknown market ""`},
		`{'btc_ltc': 5, 'ETC_DOT': 7, 'btc_eth': 6}`:        {"", true, `unknown market "ETC_DOT"`},
		`{'btc_ltc': 5, 'etc_dot': 0, 'btc_eth': 6}`:        {"ETC-DOT", false, "price is not positive"},
		`{'btc_ltc': 5, 'etc_dot': -0.0, 'btc_eth': 6}`:     {"ETC-DOT", false, "price is not positive"},
		`{'btc_ltc': 5, 'etc_dot': -7.5, 'btc_eth': 6}`:     {"ETC-DOT", false, "price is not positive"},
		`{'btc_ltc': 5, 'etc_dot': 1e400, 'btc_eth': 6}`:    {"ETC-DOT", false, "does not fit"},
		`{'btc_ltc': 5, 'etc_dot': 1e-20, 'btc_eth': 6}`:    {"ETC-DOT", false, "does not fit"},
		`{'btc_ltc': 5, 'a_b': 1e400, 'btc_eth': 6, 'c':1}`: {"", true, `unknown market "c"`},
	} {
		us, err := parse([]byte(frame), nil, known(t))
		assert.Equal(t, "BTC-LTC 5, BTC-ETH 6", rows(us), frame)
		var bad *exchange.FrameError
		require.ErrorAs(t, err, &bad, frame)
		assert.Equal(t, want.market, bad.Market, frame)
		assert.Equal(t, want.unknown, errors.Is(err, exchange.ErrUnknownMarket), frame)
		assert.ErrorContains(t, err, want.says)
	}
}

// TestManyBadRows: the error stays short.
func TestManyBadRows(t *testing.T) {
	frame := []byte("{" + strings.Repeat("'a': 1, ", 100_000) + "'btc_ltc': 5}")
	us, err := parse(frame, nil, known(t))
	assert.Equal(t, "BTC-LTC 5", rows(us))
	require.ErrorContains(t, err, "and 99992 more")
	assert.Less(t, len(err.Error()), 1000)
}

// TestKnown: which names are read depends on what was asked for.
func TestKnown(t *testing.T) {
	frame := []byte(`{'btc_ltc': 5, 'new_coin': 7, 'no-market': 1}`)
	us, err := parse(frame, nil, names{})
	assert.Equal(t, "BTC-LTC 5, NEW-COIN 7", rows(us))
	require.ErrorIs(t, err, exchange.ErrUnknownMarket)
	us, err = parse(frame, nil, names{of: map[string]ticker.Market{"new_coin": "NEW-COIN"}, only: true})
	assert.Equal(t, "NEW-COIN 7", rows(us))
	require.NoError(t, err)
}

func TestNames(t *testing.T) {
	all := Markets()
	require.Len(t, all, 45)
	assert.Equal(t, []string{"btc_ltc", "btc_eth"}, all[:2])
	assert.Equal(t, "eur_usd", all[44])
	for _, name := range all {
		m, ok := marketOf(name)
		assert.True(t, ok)
		assert.Equal(t, name, nameOf(m))
	}
	for _, name := range []string{"", "_", "btc", "btc_", "_btc", "BTC_LTC", "btc_ltc_x", "btc-ltc", "btc _ltc", "bté_ltc"} {
		_, ok := marketOf(name)
		assert.False(t, ok, name)
	}
}

func TestParseAllocsNothing(t *testing.T) {
	n := known(t)
	frame := []byte(`{'etc_dot': 7533.094, 'btc_ltc': 1.234e-05}`)
	dst := make([]ticker.Update, 0, 4)
	assert.Zero(t, testing.AllocsPerRun(100, func() { dst, _ = parse(frame, dst[:0], n) }))
	assert.Len(t, dst, 2)
}

func BenchmarkParse(b *testing.B) {
	n, frame := known(b), []byte(`{'etc_dot': 7533.094}`)
	dst := make([]ticker.Update, 0, 4)
	b.ReportAllocs()
	for b.Loop() {
		dst, _ = parse(frame, dst[:0], n)
	}
}

// FuzzParse: it never panics and never invents; and what is a flat JSON object
// of numbers to encoding/json is read the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{'etc_dot': 7533.094}`, `{"btc_ltc": 1e-05, "eur_usd": -2}`, `{}`, `{'a_b': nan}`, `{"a\u005f": 1}`, `{"etc_dot": 1.}`, "{'é': 1}"} {
		f.Add([]byte(s))
	}
	n := known(f)
	f.Fuzz(func(t *testing.T, frame []byte) {
		us, err := parse(frame, nil, n)
		for _, u := range us {
			if !u.Trade.Price.IsPos() || u.Groups != ticker.TradeGroup || n.of[nameOf(u.Market)] != u.Market {
				t.Fatalf("%q: %+v", frame, u)
			}
		}
		if err != nil && len(err.Error()) > 4000 && len(frame) < 1000 {
			t.Fatalf("%q: an error of %d bytes", frame, len(err.Error()))
		}
		d := json.NewDecoder(bytes.NewReader(frame))
		d.UseNumber()
		var object map[string]json.Number
		if bytes.ContainsAny(frame, `\'`) || bytes.Contains(frame, []byte("null")) || !json.Valid(frame) || d.Decode(&object) != nil || object == nil {
			return
		}
		if bytes.Contains(frame, []byte(`:"`)) || bytes.Contains(frame, []byte(`: "`)) {
			return // encoding/json takes a quoted number for one
		}
		last := map[string]bool{}
		for _, u := range us {
			last[nameOf(u.Market)] = true
		}
		for name, number := range object {
			p, err := exchange.ParseDecimal([]byte(number))
			if _, ok := n.of[name]; ok && err == nil && p.IsPos() && !last[name] {
				t.Fatalf("%q: no %s", frame, name)
			}
		}
	})
}
