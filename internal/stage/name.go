package stage

import (
	"strings"

	"github.com/tickersync/tickersync/ticker"
)

// name spells a market as the notebook does: etc_dot.
func name(m ticker.Market) string {
	return strings.ToLower(strings.ReplaceAll(string(m), "-", "_"))
}
