package ticker

import (
	"iter"
	"slices"
	"strings"
)

// All returns every ticker that is known, of one instant and ordered by market.
// The instant is that at which the iteration starts.
func (b *Book) All() iter.Seq[Ticker] {
	return func(yield func(Ticker) bool) {
		for _, t := range b.AppendAll(nil) {
			if !yield(t) {
				return
			}
		}
	}
}

// AppendAll appends every ticker that is known to dst, of one instant and ordered
// by market. With a dst that is large enough it allocates nothing.
func (b *Book) AppendAll(dst []Ticker) []Ticker {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sort()
	dst = slices.Grow(dst, len(b.sorted))
	for _, i := range b.sorted {
		if s := &b.slots[i]; s.readable() {
			dst = dst[:len(dst)+1]
			s.copy(&dst[len(dst)-1])
		}
	}
	return dst
}

func (b *Book) sort() {
	if len(b.sorted) == len(b.slots) {
		return
	}
	for i := len(b.sorted); i < len(b.slots); i++ {
		b.sorted = append(b.sorted, int32(i))
	}
	slices.SortFunc(b.sorted, func(x, y int32) int {
		return strings.Compare(string(b.slots[x].ticker.Market), string(b.slots[y].ticker.Market))
	})
}
