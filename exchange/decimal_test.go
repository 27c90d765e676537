package exchange

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseDecimal(t *testing.T) {
	zeros := strings.Repeat("0", 100)
	for in, want := range map[string]string{
		"0": "0", "-0": "0", "0.00": "0", "0e999999999999999999999": "0", "-0.0E-5": "0", "0." + zeros: "0",
		"1": "1", "-1": "-1", "100": "100", "7533.094": "7533.094", "-0.5": "-0.5",
		"50000.00": "50000", "1.2300": "1.23", "1.0e0": "1", "10.10": "10.1",
		"8e-08": "0.00000008", "4.089E+4": "40890", "4.089E4": "40890", "1e2": "100", "1.5e-3": "0.0015", "100e-2": "1",
		"120e-1": "12", "1e18": "1000000000000000000", "1000e-3": "1",
		"9223372036854775807": "9223372036854775807", "9223372036854775808": "9223372036854775808",
		"9999999999999999999": "9999999999999999999", "-9999999999999999999": "-9999999999999999999",
		"0.9999999999999999999": "0.9999999999999999999", "9.999999999999999999": "9.999999999999999999",
		"0.0000000000000000001": "0.0000000000000000001", "1e-19": "0.0000000000000000001",
		"1234567890123456789.000": "1234567890123456789", "0.1" + zeros: "0.1", "1" + zeros + "e-100": "1",
		"0." + zeros + "1e100": "0.1",
	} {
		d, err := ParseDecimal([]byte(in))
		require.NoError(t, err, in)
		assert.Equal(t, want, d.String(), in)
		assert.True(t, d == decimal.MustParse(want), "equal numbers are ==: %s", in)
	}
	for _, in := range []string{
		"10000000000000000000", "12345678901234567890", "1e19", "1e-20", "0.00000000000000000001", "-1e99999999999999999999",
		"1.2345678901234567891", "0.12345678901234567891", "1" + zeros, "1" + zeros + ".0", "1e-999999999999999999999",
		"1" + zeros + "1", "1." + zeros + "1", "10000000000000000000.5",
	} {
		_, err := ParseDecimal([]byte(in))
		assert.Equal(t, ErrInexact, err, in)
	}
	for _, in := range []string{
		"", "-", "+1", ".5", "1.", "01", "-01", "00", "0x1", "nan", "NaN", "inf", "-inf", "Infinity", " 1", "1 ", "1,5", "1_000",
		"1e", "1e+", "1.e5", "e5", "--1", "1.2.3", "1e5.5", "0e", "null", `"1"`, "1\x00", "١", "-.5", "1e 5", strings.Repeat("9", 50) + "x",
	} {
		_, err := ParseDecimal([]byte(in))
		assert.ErrorContains(t, err, "not a number", "%q", in)
		assert.NotErrorIs(t, err, ErrInexact)
		assert.Less(t, len(err.Error()), 200)
	}
	_, err := ParseDecimal(nil)
	assert.Error(t, err)
}

func TestParseDecimalAllocsNothing(t *testing.T) {
	for _, in := range []string{"7533.094", "8e-08", "0", "9999999999999999999", "-4.089E+4", "1e19"} {
		b := []byte(in)
		assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = ParseDecimal(b) }), in)
	}
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?([0-9]+))?$`)

// FuzzParseDecimal compares with math/big, which holds every number.
func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"7533.094", "8e-08", "4.089E+4", "01", "1e19", "0.10", "9999999999999999999", "-0", "1000e-22", "nan"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseDecimal([]byte(s))
		m := jsonNumber.FindStringSubmatch(s)
		if m == nil {
			require.Error(t, err)
			require.NotEqual(t, ErrInexact, err)
			return
		}
		if len(strings.TrimLeft(m[4], "0")) > 4 || len(s) > 5000 {
			return // too big for big
		}
		want, ok := new(big.Rat).SetString(s)
		require.True(t, ok)
		if !fits(want) {
			require.Equal(t, ErrInexact, err)
			return
		}
		require.NoError(t, err)
		have, ok := new(big.Rat).SetString(got.String())
		require.True(t, ok)
		require.Zero(t, want.Cmp(have), "%s is not %s", got, s)
		require.Equal(t, got.MinScale(), got.Scale())
	})
}

func fits(r *big.Rat) bool {
	most := new(big.Int).Sub(pow10(19), big.NewInt(1))
	for scale := range int64(20) {
		x := new(big.Rat).Mul(r, new(big.Rat).SetInt(pow10(scale)))
		if x.IsInt() {
			return x.Num().CmpAbs(most) <= 0
		}
	}
	return false
}

func pow10(n int64) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil) }

func BenchmarkParseDecimal(b *testing.B) {
	for _, s := range []string{"7533.094", "0.00000812", "8e-08", "9999999999999999999", "0.35210000", "12345.00000000", "245532.79269678"} {
		b.Run(fmt.Sprint(s), func(b *testing.B) {
			in := []byte(s)
			b.ReportAllocs()
			for b.Loop() {
				_, _ = ParseDecimal(in)
			}
		})
	}
}
