package bench

import "slices"

// Rows returns all rows, in the order of the table.
func Rows() []Row {
	return slices.Concat(
		decodeRows(),
		socketRows(),
		gobinanceRows(),
		bookRows(),
		allocsRows(),
		latencyRows(),
	)
}
