package longrun

import (
	"testing"

	"github.com/tickersync/tickersync/exchange/exchangetest"
)

// Every adapter lives for days of virtual time: see exchangetest.SimulateDays.
func TestDays(t *testing.T) {
	for i, p := range places() {
		if testing.Short() && i > 0 {
			continue // each is simulated in its own package, too
		}
		t.Run(p.name, func(t *testing.T) {
			exchangetest.SimulateDays(t, exchangetest.Config{New: p.make, First: *seed, Beat: p.beat}, *days)
		})
	}
}
