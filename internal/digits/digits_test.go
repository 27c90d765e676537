package digits

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestEveryLength compares with strconv, for every number of digits, of zeros at
// their end, and every byte that can follow.
func TestEveryLength(t *testing.T) {
	for n := 1; n <= 8; n++ {
		for zeros := range n {
			text := strings.Repeat("9", n-zeros) + strings.Repeat("0", zeros)
			want, err := strconv.ParseUint(text, 10, 64)
			require.NoError(t, err)
			for c := range 256 {
				if byte(c)-'0' <= 9 {
					continue
				}
				digits, got := Leading(Word([]byte(text+string([]byte{byte(c), '5', 0xff, '7'})), 0))
				require.Equal(t, n, got, "%q %#x", text, c)
				require.Equal(t, zeros, Zeros(digits))
				require.Equal(t, want, Number(digits, 0))
				require.Equal(t, want/Ten(zeros), Number(digits, zeros))
			}
		}
	}
}

func TestEveryNumber(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		n := r.Uint64N(Ten(1 + r.IntN(8)))
		text := strconv.FormatUint(n, 10)
		digits, k := Leading(Word([]byte(text), 0))
		require.Equal(t, len(text), k, text)
		require.Equal(t, n, Number(digits, 0), text)
	}
}

func TestNoDigit(t *testing.T) {
	for _, text := range []string{"", "-1", ".5", "x", "/0", ":0", "\x00", "\xb0\xb1"} {
		_, n := Leading(Word([]byte(text), 0))
		assert.Zero(t, n, "%q", text)
	}
	digits, n := Leading(Word([]byte("00000000"), 0))
	assert.Equal(t, []any{8, 8, uint64(0)}, []any{n, Zeros(digits), Number(digits, 0)})
}

// TestWord: there is nothing behind the end.
func TestWord(t *testing.T) {
	b := []byte("123456789")
	assert.Equal(t, uint64('1')|'8'<<56, Word(b, 0)&^0x00ffffffffffff00)
	assert.Equal(t, uint64('8')|'9'<<8, Word(b, 7))
	assert.Equal(t, uint64('7')|'8'<<8, Word(b[:8], 6), "nothing of what is only in the array")
	for i := 9; i < 20; i++ {
		assert.Zero(t, Word(b, i))
	}
}
