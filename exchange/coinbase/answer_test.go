package coinbase

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
)

// TestAnswer: volume is left out, for REST counts more than the stream does; its
// time is the trade's, and the quote's is not told.
func TestAnswer(t *testing.T) {
	u, bad, err := readAnswer(fixture(t, "rest_ticker.json"))
	require.NoError(t, err)
	require.NoError(t, bad)
	assert.Equal(t, " trade 17.046 0.25 #6000000002 quote 17.043 0 17.047 0 #6000000002", told(u))
	assert.Equal(t, time.Date(2026, 3, 4, 5, 6, 8, 12523000, time.UTC), u.Trade.Time)
	assert.True(t, u.Quote.Time.IsZero())
}

func TestNeverTraded(t *testing.T) {
	for _, body := range []string{
		string(fixture(t, "rest_never_traded.json")), `{"bid":"0","ask":"0","volume":"0"}`,
	} {
		_, _, err := readAnswer([]byte(body))
		require.ErrorIs(t, err, exchange.ErrUnknownMarket)
	}
}

func TestFractionsOfASecond(t *testing.T) {
	for text, nanos := range map[string]int{
		"2026-03-04T05:06:08Z": 0, "2026-03-04T05:06:08.833Z": 833e6, "2026-03-04T05:06:08.123456789Z": 123456789,
	} {
		u, _, err := readAnswer([]byte(`{"trade_id":1,"price":"1","size":"1","bid":"1","ask":"2","time":"` + text + `"}`))
		require.NoError(t, err)
		assert.Equal(t, nanos, u.Trade.Time.Nanosecond(), text)
	}
}

func TestBadAnswers(t *testing.T) {
	for _, body := range []string{"", "[]", "{}", `{"nothing":[]}`, `{"message":"x"}`, `{"price":"1"}`, `{"trade_id":1,"price":"-1","bid":"x"}`, `{"trade_id":1,"price":"1"`} {
		_, _, err := readAnswer([]byte(body))
		require.Error(t, err, body)
		require.NotErrorIs(t, err, exchange.ErrUnknownMarket, body)
	}
	u, bad, err := readAnswer([]byte(`{"trade_id":9,"price":"0.12345678901234567890123","size":"1","bid":"1","ask":"2"}`))
	require.NoError(t, err)
	require.ErrorIs(t, bad, exchange.ErrInexact)
	assert.Equal(t, " quote 1 0 2 0 #9", told(u), "the price costs its group")
	u, _, err = readAnswer([]byte(`{"trade_id":9,"price":"3","size":"1","bid":"0","ask":"0"}`))
	require.NoError(t, err)
	assert.Equal(t, " trade 3 1 #9 quote 0 0 0 0 #9", told(u), "an empty book is known to be")
}

// TestDelistedAnswers400Or404: a status of 400 says other things too.
func TestDelistedAnswers400Or404(t *testing.T) {
	for _, c := range []struct {
		status  int
		body    string
		unknown bool
	}{
		{404, `{"message":"NotFound"}`, true},
		{404, `{"message":"Not allowed for delisted products"}`, true},
		{400, `{"message":"Not allowed for delisted products"}`, true},
		{400, `{"message":"NotFound"}`, true},
		{400, `{"message":"User-Agent header is required."}`, false},
		{400, `{"message":"Invalid limit"}`, false},
		{400, `junk`, false},
		{403, `{"message":"NotFound"}`, false},
		{500, `{"message":"Internal server error"}`, false},
	} {
		assert.Equal(t, c.unknown, isUnknown(&exchange.StatusError{Status: c.status, Body: c.body}), "%d %s", c.status, c.body)
	}
}
