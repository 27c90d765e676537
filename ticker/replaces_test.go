package ticker

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// What replaces says at a glance is what the table for streams says, whatever the
// group's doubt and times, which it does not ask for.
func TestReplaces(t *testing.T) {
	said := 0
	for _, told := range []Told{every, throttle, trades} {
		for n := range 1 << 12 {
			bit := func(i int) int { return n >> i & 1 }
			st := Stamp{Key: uint64(n & 3), Epoch: uint32(bit(2)), Source: Source(n >> 3 & 3)} //nolint:gosec // small
			in := Stamp{Key: uint64(n >> 5 & 3), Epoch: uint32(bit(7))}                        //nolint:gosec // small
			h := held{source: st.Source, key: st.Key, epoch: st.Epoch, received: sec(5), asOf: sec(4 + bit(8)*9), spoken: bit(9) > 0}
			if bit(10) > 0 {
				h.doubt, h.dropped, h.lower = sec(6), sec(7), bit(9) > 0
			}
			m := message{key: in.Key, epoch: in.Epoch, same: bit(11) > 0, received: sec(30), valid: sec(8)}
			if replaces(&st, &in, &told) {
				said++
				assert.Equal(t, replaced, mergeStream(&h, &m, &told, 0), "%+v %+v %+v", st, in, told)
			} else {
				assert.NotEqual(t, st.Key < in.Key && st.Key != 0 && st.Epoch == in.Epoch, true, "a higher key: %+v %+v", st, in)
			}
		}
	}
	assert.NotZero(t, said)
}
