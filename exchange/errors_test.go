package exchange

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

func TestPermanent(t *testing.T) {
	assert.NoError(t, Permanent(nil))
	assert.False(t, IsPermanent(nil))
	assert.False(t, IsPermanent(io.EOF))
	err := fmt.Errorf("coinbase: %w", Permanent(&StatusError{Status: 401, Body: "who are you"}))
	assert.True(t, IsPermanent(err))
	assert.EqualError(t, err, `coinbase: status 401: "who are you"`)
	var se *StatusError
	require.ErrorAs(t, err, &se)
	assert.Equal(t, 401, se.Status)
	assert.True(t, IsPermanent(errors.Join(io.EOF, err)))
}

func TestRateLimitError(t *testing.T) {
	err := fmt.Errorf("binance: %w", &RateLimitError{RetryAfter: 7 * time.Second, Err: &StatusError{Status: 418, Body: "banned"}})
	assert.EqualError(t, err, `binance: rate limit hit, retry after 7s: status 418: "banned"`)
	var limit *RateLimitError
	require.ErrorAs(t, err, &limit)
	var se *StatusError
	assert.ErrorAs(t, err, &se)
	assert.EqualError(t, &RateLimitError{}, "rate limit hit")
}

func TestFrameError(t *testing.T) {
	frame := []byte("junk\n\x00" + strings.Repeat("y", 1<<20))
	e := NewFrameError("kraken", "", frame, io.ErrUnexpectedEOF)
	copy(frame, "changed after")
	assert.Len(t, e.Frame, 64)
	assert.EqualError(t, e, `kraken: frame "junk\n\x00`+strings.Repeat("y", 58)+`": unexpected EOF`)
	assert.ErrorIs(t, e, io.ErrUnexpectedEOF)
	e = NewFrameError("kraken", "BTC-EUR", []byte("{}"), ErrInexact)
	assert.EqualError(t, e, `kraken: "BTC-EUR" in frame "{}": exchange: number does not fit a decimal exactly`)
}

func TestRefusedError(t *testing.T) {
	e := &RefusedError{Markets: map[ticker.Market]string{"B-EUR": "not found", "A-EUR": "retired"}}
	assert.EqualError(t, e, `exchange: 2 markets refused: "A-EUR" "retired", "B-EUR" "not found"`)
	for i := range 1000 {
		e.Markets[ticker.Market(fmt.Sprint("M", i, "-", strings.Repeat("x", 1000)))] = strings.Repeat("\n", 1000)
	}
	assert.Less(t, len(e.Error()), 2000)
	assert.Contains(t, e.Error(), "1002 markets refused")
}

func TestTextFromOutsideIsBounded(t *testing.T) {
	assert.Less(t, len((&StatusError{Status: 500, Body: strings.Repeat("\xff", 1<<20)}).Error()), 1000)
	assert.Equal(t, `"ab"...`, clip("abc", 2))
	assert.Equal(t, "ab...", brief("abc", 2))
}
