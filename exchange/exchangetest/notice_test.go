package exchangetest

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/internal/keyed"
)

// A lost update shows on no wire: the simulation has to notice what the Book cannot.
func TestSimulationNoticesALostUpdate(t *testing.T) {
	c := Config{
		Seeds: 5,
		New: func(*rand.Rand) Exchange {
			return Exchange{
				Dialect: keyed.Dialect{},
				Source:  func(o exchange.Options) exchange.Source { return keyed.New(keyed.Variant{}, &o) },
			}
		},
		Fault: func(s *simexchange.Server) {
			s.Lose(1)
			s.Tick()
		},
	}
	reports := simulate(t, c)
	require.Len(t, reports, 2)
	assert.Len(t, reports["fullsync"].broken[truth], c.Seeds, "each history ends with a Book that differs")
	assert.NotEmpty(t, reports["singlesync"].broken[truth], "unless a refresh happens to bring the market")
}
