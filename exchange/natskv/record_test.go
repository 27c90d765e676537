package natskv

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

// anyRecord makes a record of whatever a Book can say.
func anyRecord(r *rand.Rand) record {
	rec := record{epoch: r.Uint64N(1 << r.IntN(64))}
	for g := range groups {
		rec.clocks[g] = clock{asOf: never, received: never}
	}
	if rec.removed = r.IntN(8) == 0; rec.removed {
		return rec
	}
	rec.known, rec.halted = r.IntN(2) == 0, r.IntN(4) == 0
	if r.IntN(4) == 0 {
		rec.refused = strings.Repeat("é", 1+r.IntN(100))
	}
	if r.IntN(2) == 0 {
		rec.link, rec.follows = 1+r.Uint64N(1<<r.IntN(63)), ticker.Groups(r.IntN(8))
	}
	for g := range groups {
		st := stamp(&rec.ticker, g)
		st.Kind, st.Source = ticker.Kind(r.IntN(4)), ticker.Source(r.IntN(4))
		if st.Source == ticker.NoSource {
			continue
		}
		if r.IntN(2) == 0 {
			st.Time = time.Unix(r.Int64N(1<<33)-1<<32, r.Int64N(1e9)).UTC()
		}
		if r.IntN(2) == 0 {
			st.Key, st.Epoch = r.Uint64(), r.Uint32()
		}
		if r.IntN(4) > 0 {
			rec.clocks[g] = clock{asOf: tick(r.Int64()>>r.IntN(60)) - 1e9, received: tick(r.Int64N(1e15)) - 1e9}
		}
		for _, d := range values(&rec.ticker, g) {
			*d = anyDecimal(r)
		}
	}
	return rec
}

func anyDecimal(r *rand.Rand) decimal.Decimal {
	coef := r.Uint64N(9_999_999_999_999_999_999) >> r.IntN(64)
	d, _ := exact(coef, r.IntN(20))
	if r.IntN(8) == 0 {
		d = d.Neg()
	}
	return d
}

func TestRecordRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5_000 {
		want := anyRecord(r)
		data := appendRecord(nil, &want)
		got, err := parseRecord(data)
		require.NoError(t, err)
		require.Equal(t, want, got)
		_, err = parseRecord(data[:len(data)-1])
		require.ErrorIs(t, err, ErrForeign, "cut")
		_, err = parseRecord(append(data, 0))
		require.ErrorIs(t, err, ErrForeign, "with something behind it")
	}
}

// Any bytes are refused or are the one way to write what they say.
func FuzzRecord(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		rec := anyRecord(r)
		f.Add(appendRecord(nil, &rec))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, err := parseRecord(data)
		if err != nil {
			require.Zero(t, rec)
			return
		}
		require.Equal(t, data, appendRecord(nil, &rec))
	})
}

func TestDecimalsAreExact(t *testing.T) {
	for _, s := range []string{
		"0", "0.00", "1", "-1", "1.50", "0.0000000000000000001", "9999999999999999999", "0.9999999999999999999",
		"9223372036854775807", "9223372036854775808", "92233720368547758.08", "-9999999999.999999999",
	} {
		r := reading{rest: appendDecimal(nil, decimal.MustParse(s))}
		got := r.decimal()
		assert.False(t, r.bad, s)
		assert.Equal(t, s, got.String())
	}
	_, ok := exact(math.MaxUint64, 0)
	assert.False(t, ok, "20 digits")
	_, ok = exact(1, 20)
	assert.False(t, ok, "20 decimals")
}

func TestRecordIsCompact(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 123456789, time.UTC)
	rec := record{epoch: 7, known: true, link: 3, follows: ticker.QuoteGroup}
	for g := range groups {
		*stamp(&rec.ticker, g) = ticker.Stamp{Time: now, Key: 1 << 36, Source: ticker.Stream, Kind: ticker.EveryChange}
		rec.clocks[g] = clock{asOf: tick(20 * time.Hour), received: tick(20 * time.Hour)}
		for _, d := range values(&rec.ticker, g) {
			*d = decimal.MustParse("64321.12345678")
		}
	}
	assert.Less(t, len(appendRecord(nil, &rec)), 200, "a whole ticker of three groups")
	assert.Len(t, appendRecord(nil, &record{epoch: 7, removed: true}), 4)
}

func TestRecordFitsEveryBucket(t *testing.T) {
	rec := record{epoch: math.MaxUint64, refused: clip(strings.Repeat("x", 1000)), link: math.MaxUint64, follows: ticker.AllGroups}
	for g := range groups {
		*stamp(&rec.ticker, g) = ticker.Stamp{Time: time.Unix(-1<<62, 999999999), Key: math.MaxUint64, Epoch: math.MaxUint32, Source: ticker.Stream}
		rec.clocks[g] = clock{asOf: math.MaxInt64, received: math.MaxInt64}
		for _, d := range values(&rec.ticker, g) {
			*d = decimal.MustParse("-9999999999999999999")
		}
	}
	headers := len("NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: 18446744073709551615\r\n\r\n")
	assert.Less(t, len(appendRecord(nil, &rec))+headers, minLimit)
}

func TestRecordOfAnother(t *testing.T) {
	rec := anyRecord(rand.New(rand.NewPCG(5, 6)))
	data := appendRecord(nil, &rec)
	data[1]++
	_, err := parseRecord(data)
	assert.ErrorIs(t, err, ErrVersion)
	for _, foreign := range []string{"", "t", "hello", `{"bid":1}`} {
		_, err := parseRecord([]byte(foreign))
		assert.ErrorIs(t, err, ErrForeign, foreign)
	}
}
