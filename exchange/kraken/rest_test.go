package kraken

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// result reads a fixture of a REST answer.
func result(t testing.TB, name string) []byte {
	t.Helper()
	r, err := readResult(fixture(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReadTickers(t *testing.T) {
	const want = "BTC-EUR trade 71230.1 0.00012345 #0 quote 71234.5 71234.6 stats 72000 70100 321.12345678, " +
		"DOGE-BTC trade 0.0000123405 77 #0 quote 0.00001234 0.000012341 stats 0.000013 0.000012 1234567"
	_, old := readPairs(result(t, "rest_pairs_old"))
	_, display := readPairs(result(t, "rest_pairs"))
	for name, known := range map[string]names{"rest_ticker": nil, "rest_ticker_old": old} {
		us, err := readTickers(result(t, name), known)
		require.NoError(t, err)
		assert.Equal(t, want, show(us...))
		assert.Zero(t, us[0].Trade.Time)
	}
	us, err := readTickers(result(t, "rest_ticker"), display)
	require.NoError(t, err)
	assert.Equal(t, want, show(us...))
	_, err = readTickers(result(t, "rest_ticker_old"), nil)
	require.ErrorContains(t, err, "no known market")
}

// TestReadRow: what cannot be read costs its group, what does not fit less.
func TestReadRow(t *testing.T) {
	const a, b, c, v = `"a":["3","1","1.0"]`, `"b":["2","1","1.0"]`, `"c":["2.5","7"]`, `"v":["0","9"],"l":["0","1"],"h":["0","4"]`
	for row, want := range map[string]struct{ told, says string }{
		`{` + a + `,` + b + `,` + c + `,` + v + `}`:                   {"BTC-EUR trade 2.5 7 #0 quote 2 3 stats 4 1 9", ""},
		`{` + a + `,` + b + `}`:                                       {"BTC-EUR quote 2 3", ""},
		`{` + a + `,` + c + `}`:                                       {"BTC-EUR trade 2.5 7 #0", ""},
		`{` + a + `,"b":[],` + c + `}`:                                {"BTC-EUR trade 2.5 7 #0", ""},
		`{` + a + `,"b":null,` + c + `}`:                              {"BTC-EUR trade 2.5 7 #0", ""},
		`{` + a + `,"b":["0.00000","0","0"]}`:                         {"BTC-EUR quote 0 3", ""},
		`{"c":["0.00000","0.00000000"],` + v + `}`:                    {"BTC-EUR trade 0 0 #0 stats 4 1 9", ""}, // never traded
		`{` + c + `,"v":["0","123456789012.12345678"],"h":["0","4"]}`: {"BTC-EUR trade 2.5 7 #0 stats 4 0 0", ""},
		`{"c":["2.5","123456789012.12345678"]}`:                       {"BTC-EUR trade 2.5 0 #0", ""},
		`{"c":["123456789012.12345678","1"],` + v + `}`:               {"BTC-EUR stats 4 1 9", "does not fit"},
		`{` + a + `,"b":["x","1","1"],` + v + `}`:                     {"BTC-EUR stats 4 1 9", "no amount"},
		`{` + a + `,"b":"2",` + v + `}`:                               {"BTC-EUR stats 4 1 9", "no array"},
		`{` + a + `,` + b + `,"v":7}`:                                 {"BTC-EUR quote 2 3", "no array"},
		`{` + a + `,` + b + `,"v":["0","-9"]}`:                        {"BTC-EUR quote 2 3", "negative"},
		`{` + a + `,` + b + `,"o":["1","2"],"t":[1,2],"p":{"x":1}}`:   {"BTC-EUR quote 2 3", ""},
		`{"a":[3,1,"1.0"],"b":[2,1,"1.0"]}`:                           {"BTC-EUR quote 2 3", ""}, // numbers, as websocket v1 mixes them
		`{}`:                                                          {"", "tells nothing"},
		`[]`:                                                          {"", "no object"},
		`{"a":["1e400"],"b":["2"],"c":["-1","1"],"v":["0","1e400"],"l":["0"],"h":[[],[]]}`: {"", "does not fit"},
	} {
		us, err := readTickers([]byte(`{"XX":`+row+`,"DOGE/BTC":{"c":["1","1"]}}`), names{"XX": "BTC-EUR"})
		assert.Equal(t, strings.TrimPrefix(want.told+", DOGE-BTC trade 1 1 #0", ", "), show(us...), row)
		var bad *exchange.FrameError
		if want.says == "" {
			require.NoError(t, err, row)
		} else {
			require.ErrorAs(t, err, &bad, row)
			require.ErrorContains(t, err, want.says, row)
			assert.Equal(t, ticker.Market("BTC-EUR"), bad.Market)
		}
		u, err := readTicker([]byte(`{"XX":`+row+`}`), "BTC-EUR", nil)
		if want.told == "" {
			require.ErrorContains(t, err, want.says, row)
			continue
		}
		require.NoError(t, err, row)
		assert.Equal(t, want.told, show(u))
	}
}

func TestReadResult(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":[],"result":{"x":1}}`:                       `{"x":1}`,
		`{"result":{}}`:                                       `{}`,
		`{"error":["WGeneral:Deprecated"],"result":{}}`:       `{}`,
		`{"result":{"a":{}},"error":[]}`:                      `{"a":{}}`,
		`{"error":["EService:Busy"]}`:                         "EService:Busy",
		`{"error":["WGeneral:x","EService:Unavailable"]}`:     "EService:Unavailable",
		`{"error":["EService:Unavailable"],"result":{"x":1}}`: "EService:Unavailable",
		`{"error":["EGeneral:Too many requests"]}`:            "rate limit",
		`{"error":["EAPI:Rate limit exceeded"]}`:              "rate limit",
		`{"error":["EGeneral:Temporary lockout"]}`:            "rate limit",
		`{"error":["EService:Throttled: 1924992000"]}`:        "rate limit",
		`{"error":["EQuery:Unknown asset pair"]}`:             "unknown market",
		`{"error":["EGeneral:Unknown method"]}`:               "permanent",
		`{"error":[""],"result":{}}`:                          `answered ""`,
		`{"error":[]}`:                                        "without result",
		`{"nothing":[]}`:                                      "without result",
		`{"error":[],"result":[]}`:                            "without result",
		`{"error":[],"result":null}`:                          "without result",
		`[]`:                                                  "without result",
		`{"error":[],"result":{"x":1}`:                        "flatjson",
		`{"error":[],"result":{"x":1}}}`:                      "flatjson",
		``:                                                    "flatjson",
	} {
		r, err := readResult([]byte(body))
		if strings.HasPrefix(want, "{") {
			require.NoError(t, err, body)
			assert.Equal(t, want, string(r))
			continue
		}
		require.Error(t, err, body)
		says := err.Error()
		var limit *exchange.RateLimitError
		switch {
		case exchange.IsPermanent(err):
			says = "permanent"
		case errors.As(err, &limit):
			assert.Contains(t, want, "rate limit", body)
		}
		assert.Equal(t, want == "unknown market", errors.Is(err, exchange.ErrUnknownMarket), body)
		assert.Contains(t, says, want, body)
	}
}
