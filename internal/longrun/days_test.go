package longrun

import (
	"testing"

	"github.com/tickersync/tickersync/exchange/exchangetest"
)

// Every adapter lives for days of virtual time: see exchangetest.SimulateDays.
func TestDays(t *testing.T) {
	if testing.Short() {
		t.Skip("each is simulated in its own package, too")
	}
	for _, p := range places() {
		t.Run(p.name, func(t *testing.T) {
			exchangetest.SimulateDays(t, exchangetest.Config{New: p.make, First: *seed, Beat: p.beat}, *days)
		})
	}
}
