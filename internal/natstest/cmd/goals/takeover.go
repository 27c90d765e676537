package main

import (
	"context"
	"fmt"
	"time"
)

// takeOver kills the collector in charge, and looks at what a reader sees until the
// stand-by is in charge, and after.
func takeOver(ctx context.Context, s settings) ([]row, error) {
	v, err := openVenue(ctx, s, 1)
	if err != nil {
		return nil, err
	}
	defer v.close()
	took := row{what: "take-over: from the kill until every market is fresh again", goal: atMost(3), unit: " s", all: true}
	moved := row{what: "meanwhile: how far the reader's newest AsOf was past the kill", goal: atMost(20), unit: " ms", all: true}
	lost := row{what: "markets lost", goal: atMost(0), all: true}
	keyed := row{what: "steps back of trades, which have order keys", goal: atMost(0), all: true}
	free := row{what: "steps back of one quote, which has none, at most", goal: atMost(1), all: true}
	quotes := 0
	for range s.rounds {
		if err := pause(ctx, 5*s.turn); err != nil { // a reader that is lost often is slow to come back
			return nil, err
		}
		_, _, _ = v.steps()
		name := v.far.book.Status().Origin.Name
		p := v.names[name]
		if p == nil {
			return nil, fmt.Errorf("nobody is called %q", name)
		}
		delete(v.names, name)
		at := time.Now()
		p.kill()
		var newest time.Time
		err := until(ctx, "nobody takes over", func() bool {
			if v.far.book.Status().Origin.Name == name {
				newest = v.newest()
			}
			return v.fresh(at) && v.far.book.Status().Origin.Name != name
		})
		if err != nil {
			return nil, err
		}
		took.values, moved.values = append(took.values, time.Since(at).Seconds()), append(moved.values, max(0, ms(newest.Sub(at))))
		if err := v.collector(ctx); err != nil {
			return nil, err
		}
		n, err := v.lost(ctx, 5*time.Second)
		if err != nil {
			return nil, err
		}
		trades, quoted, most := v.steps()
		quotes += quoted
		lost.values, keyed.values, free.values = append(lost.values, float64(n)), append(keyed.values, float64(trades)), append(free.values, float64(most))
	}
	took.note = "the process is killed; a lease is 2 s"
	lost.note = fmt.Sprintf("of %d: those that are not as they are at the exchange when it rests", len(v.sim.Markets()))
	free.note = fmt.Sprintf("%d of all quotes in all take-overs", quotes)
	return []row{took, moved, lost, keyed, free}, nil
}
