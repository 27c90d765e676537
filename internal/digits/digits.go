package digits

import (
	"encoding/binary"
	"math/bits"
)

// Word returns the eight bytes at i, the first lowest, and zeros where there are
// none.
func Word(b []byte, i int) uint64 {
	if i >= 0 && i <= len(b)-8 {
		return binary.LittleEndian.Uint64(b[i : i+8 : i+8]) // without a check
	}
	return tail(b, i)
}

func tail(b []byte, i int) (x uint64) {
	for k := len(b) - 1; k >= i; k-- {
		x = x<<8 | uint64(b[k])
	}
	return x
}

// Leading returns the digits that a word begins with, the last of them highest and
// each as its value, and how many there are. Without any, what it returns of them
// means nothing.
func Leading(word uint64) (eight uint64, n int) {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	word ^= ones * '0'
	// A sum that is too much for its byte is carried into those above, which do not
	// count any more.
	n = bits.TrailingZeros64((word+ones*(0x80-10)|word)&tops) &^ 7
	return word << (-n & 63), n / 8
}

// Zeros returns how many zeros eight digits end with.
func Zeros(eight uint64) int { return bits.LeadingZeros64(eight) / 8 }

// Number returns the number that the digits make but for the last of them, which
// may be none and fewer than eight.
func Number(eight uint64, last int) uint64 {
	x := eight << (8 * last & 63)
	x = x * (10<<8 + 1) >> 8
	x = x & 0x00ff00ff00ff00ff * (100<<16 + 1) >> 16
	return x & 0x0000ffff0000ffff * (10000<<32 + 1) >> 32
}

// Ten returns 10 to the power of n, which is at most 8.
func Ten(n int) uint64 { return tens[n&15] }

var tens = [16]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}
