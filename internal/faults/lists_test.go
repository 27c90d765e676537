package faults_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

const relist = 2 * time.Second

// listFaults are those of the list of markets, which is read every two seconds.
func listFaults() []fault {
	return []fault{
		{
			name: "market list empties for one answer", setup: setup{listEvery: relist},
			notice: relist * 11 / 10, lasts: 3 * relist, says: "empty",
			breaks: func(_ *testing.T, r *rig) { r.sim.ShortList(1, 12) },
			also:   allThere,
		},
		{
			name: "market list lacks most for one answer", setup: setup{listEvery: relist},
			notice: relist * 11 / 10, lasts: 3 * relist, says: "lacks",
			breaks: func(_ *testing.T, r *rig) { r.sim.ShortList(1, 10) },
			also:   allThere,
		},
		{
			name: "listing and delisting under load", notice: -1, delists: true, lasts: long(20*time.Second, 6*time.Second),
			setup:  setup{listEvery: time.Second, cfg: simexchange.Config{Rate: 1000}},
			breaks: churn, also: settled,
		},
	}
}

// allThere says that no market was removed, and no connection cut.
func allThere(t *testing.T, r *rig) (wrong []string) {
	if st := r.book.Status(); st.Total != len(r.cfg.Markets) {
		wrong = append(wrong, fmt.Sprintf("%d markets are left of %d", st.Total, len(r.cfg.Markets)))
	}
	return append(wrong, sameConnection(t, r)...)
}

// churn lists a market each 250 ms, and delists one of those each 500 ms, until the
// fault is to have ended.
func churn(_ *testing.T, r *rig) {
	end := time.Now().Add(long(16*time.Second, 4*time.Second))
	go func() {
		for n := 0; time.Now().Before(end); n++ {
			r.sim.List(ticker.Market(fmt.Sprintf("NEW%03d-EUR", n)))
			if n%2 == 1 {
				r.sim.Delist(ticker.Market(fmt.Sprintf("NEW%03d-EUR", n/2)))
			}
			time.Sleep(250 * time.Millisecond)
		}
	}()
}

// settled says that the Book lists what the exchange does.
func settled(_ *testing.T, r *rig) []string {
	var held, listed []ticker.Market
	_, ok := until(45*time.Second, func() bool {
		held, listed = nil, nil
		for t := range r.book.All() {
			held = append(held, t.Market)
		}
		for _, m := range r.sim.Markets() {
			listed = append(listed, m.Market)
		}
		slices.Sort(listed)
		return slices.Equal(held, listed)
	})
	if !ok {
		return []string{fmt.Sprintf("the Book holds %d markets, and the exchange lists %d", len(held), len(listed))}
	}
	return nil
}
