package ticker

import "math/rand/v2"

// fuzzSeeds are histories to begin with, so that a plain go test plays some too.
func fuzzSeeds() (seeds [][]byte) {
	for s := range uint64(200) {
		r := rand.New(rand.NewPCG(s, 1))
		data := make([]byte, 100+r.IntN(1500))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		data[0] = byte(s)
		seeds = append(seeds, data)
	}
	return seeds
}
