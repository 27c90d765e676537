package bench_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tickersync/tickersync/internal/bench"
)

func Example() {
	words := strings.Fields(strings.Repeat("bid ask ", 500))
	row := bench.Row{
		Name: "join", What: "strings.Join, against +=", Goal: bench.AtLeast(2, ""),
		Pair: func(context.Context, bench.Settings) (*bench.Pair, error) {
			return &bench.Pair{
				Ours: bench.Side{Do: func(n int) error {
					for range n {
						_ = strings.Join(words, " ")
					}
					return nil
				}},
				Bare: bench.Side{Name: "+=", Do: func(n int) error {
					for range n {
						all := ""
						for _, w := range words {
							all += w + " "
						}
					}
					return nil
				}},
			}, nil
		},
	}
	r, err := row.Run(context.Background(), bench.Settings{Rounds: 8, For: time.Millisecond})
	fmt.Println(row.Goal, row.Goal.Met(r.Median()), err)
	// Output: at least 2 true <nil>
}
