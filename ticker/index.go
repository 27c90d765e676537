package ticker

import (
	"hash/maphash"
	"math/bits"
)

// index finds the slot of a market: a hash table with open addressing, of which
// nothing is ever removed. A map of Go's would hold each name a second time, and
// take 41 bytes a market where this takes 5 to 11; so it fits a processor's cache
// with the markets of an exchange, and a slot is found with one look at memory less.
// The zero value is ready.
type index struct {
	seed maphash.Seed
	// places is a power of two long. One that is used holds in its low bits the
	// number of a slot, from 1 on, and in the others as many of the name's hash.
	places []uint32
	n      int // used
}

// find returns the number of a market's slot.
func (x *index) find(m Market, slots []slot) (int32, bool) {
	if x.n == 0 {
		return 0, false
	}
	at, mark, low := x.start(m)
	for {
		p := x.places[at&low]
		if p == 0 {
			return 0, false
		}
		if p&^low == mark {
			if i := int32(p&low) - 1; slots[i].ticker.Market == m { //nolint:gosec // as many as slots
				return i, true
			}
		}
		at++
	}
}

// start is where the search for a market starts, the mark of its hash, and the bits
// that hold a slot's number.
func (x *index) start(m Market) (at, mark, low uint32) {
	h := maphash.String(x.seed, string(m))
	low = uint32(len(x.places) - 1)             //nolint:gosec // a slot's number is an int32
	return uint32(h), uint32(h>>32) &^ low, low //nolint:gosec // its halves
}

// add notes the slot that a market has, by its number from 1 on.
func (x *index) add(m Market, number int, slots []slot) {
	x.reserve(number, slots)
	x.put(m, number)
}

func (x *index) put(m Market, number int) {
	at, mark, low := x.start(m)
	for x.places[at&low] != 0 {
		at++
	}
	x.places[at&low] = mark | uint32(number) //nolint:gosec // a slot's number is an int32
	x.n++
}

// reserve makes room for n markets: at most three places of four are used.
func (x *index) reserve(n int, slots []slot) {
	if 4*n <= 3*len(x.places) {
		return
	}
	if x.places == nil {
		x.seed = maphash.MakeSeed()
	}
	x.places = make([]uint32, 1<<bits.Len(uint(4*n/3))) //nolint:gosec // not negative
	used := x.n
	x.n = 0
	for i := range used {
		x.put(slots[i].ticker.Market, i+1)
	}
}
