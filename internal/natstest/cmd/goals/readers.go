package main

import (
	"context"
	"fmt"
	"time"
)

// readersAgree has readers, each a process, follow a collector, and counts those whose
// Book is the collector's when its feed rests.
func readersAgree(ctx context.Context, s settings) ([]row, error) {
	st, err := openStage(ctx, s, 1, 1)
	if err != nil {
		return nil, err
	}
	defer st.remove()
	n := 10
	if s.quick {
		n = 2
	}
	readers := []*process{st.reader}
	for len(readers) < n {
		p, err := st.read(ctx)
		if err != nil {
			return nil, err
		}
		readers = append(readers, p)
	}
	r := row{what: fmt.Sprintf("of %d reader processes, those that hold what the collector does when the feed rests", n), goal: atLeast(float64(n)), all: true}
	rest := row{what: "from the last change until all of them do", unit: " ms"}
	for range max(1, s.rounds/3) {
		if _, err := st.desk.ask(ctx, order{Do: "feed", Rate: 1000, For: 2 * s.turn}); err != nil {
			return nil, err
		}
		at := time.Now()
		if err := st.agree(ctx, readers...); err != nil {
			return nil, err
		}
		rest.values, r.values = append(rest.values, ms(time.Since(at))), append(r.values, float64(n))
	}
	r.note = fmt.Sprintf("%d markets, 1000 changes a second before; digests of all values are compared", s.markets)
	return []row{r, rest}, nil
}
