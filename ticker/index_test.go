package ticker

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// A market is found by its name, and by no other, at any number of markets.
func TestIndex(t *testing.T) {
	for _, reserved := range []int{0, 1, 700, 5000} {
		r := rand.New(rand.NewPCG(uint64(reserved), 0)) //nolint:gosec // a test
		var b Book
		_, ok := b.find("M0-USD")
		require.False(t, ok, "a Book without markets")
		b.reserve(reserved)
		for n := range int32(3000) {
			m := Market(fmt.Sprintf("M%d-USD", n))
			_, ok := b.find(m)
			require.False(t, ok, m)
			require.Equal(t, n, b.slot(m))
			require.Equal(t, n, b.slot(m), "again")
			k := r.Int32N(n + 1)
			i, ok := b.find(Market(fmt.Sprintf("M%d-USD", k)))
			require.True(t, ok)
			require.Equal(t, k, i)
		}
		require.LessOrEqual(t, 4*len(b.slots), 3*len(b.index.places))
		require.LessOrEqual(t, len(b.index.places), 3*max(reserved, 3000))
	}
}
