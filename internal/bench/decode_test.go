package bench

import (
	"encoding/json"
	"testing"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestReadersAgree: what is compared reads the same. The zeros at the end of a
// number are no matter; some keep them.
func TestReadersAgree(t *testing.T) {
	agree(t, coinbaseTicker, coinbaseReaders(), (*coinbase).trim)
	agree(t, binanceTickers(100), binanceReaders(), func(vs *[]binance) {
		for i := range *vs {
			(*vs)[i].trim()
		}
	})
}

func agree[T any](t *testing.T, message []byte, readers []reader[T], trim func(*T)) {
	t.Helper()
	said := func(r reader[T], v *T) string {
		require.NoError(t, r.read(message, v), r.name)
		trim(v)
		text, err := json.Marshal(v)
		require.NoError(t, err)
		return string(text)
	}
	var theirs T
	want := said(readers[len(readers)-1], &theirs)
	for _, r := range readers {
		var v T
		assert.True(t, said(r, &v) == want, r.name)
		assert.True(t, said(r, &v) == want, "%s, a second time into the same", r.name)
	}
}

func (v *coinbase) trim() {
	for _, d := range []*decimal.Decimal{
		&v.Price, &v.Size, &v.Bid, &v.BidSize, &v.Ask, &v.AskSize, &v.Open, &v.High, &v.Low, &v.Volume,
	} {
		*d = d.Trim(0)
	}
}

func (v *binance) trim() {
	for _, d := range []*decimal.Decimal{
		&v.Last, &v.LastSize, &v.Bid, &v.BidSize, &v.Ask, &v.AskSize, &v.Open, &v.High, &v.Low, &v.Volume, &v.Quoted,
	} {
		*d = d.Trim(0)
	}
}

func TestMessagesAreOfTheSizeOfTheGoals(t *testing.T) {
	assert.InDelta(t, 403, len(coinbaseTicker), 10)
	assert.InDelta(t, 41_000, len(binanceTickers(100)), 2000)
}

func TestAllocsOfDecoding(t *testing.T) {
	none(t, coinbaseTicker, coinbaseReaders()[0])
	none(t, binanceTickers(100), binanceReaders()[0])
}

func none[T any](t *testing.T, message []byte, r reader[T]) {
	t.Helper()
	var v T
	require.NoError(t, r.read(message, &v))
	assert.Zero(t, testing.AllocsPerRun(10, func() { _ = r.read(message, &v) }), r.name)
}
