package faults_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// frameFaults are what the exchange writes and should not.
func frameFaults() []fault {
	return []fault{
		{
			name: "junk frames, of every kind", lasts: 2 * time.Second,
			breaks: func(_ *testing.T, r *rig) {
				for _, kind := range simexchange.Junks() {
					if kind != simexchange.Huge {
						r.sim.Junk(kind)
					}
				}
			},
			also: sameConnection,
		},
		{
			name:   "10 MB frame, above MaxFrame",
			breaks: func(_ *testing.T, r *rig) { r.sim.Junk(simexchange.Huge) },
		},
		{
			name: "10 MB frame, below MaxFrame", notice: -1, lasts: 2 * time.Second,
			setup:  setup{options: func(_ *testing.T, _ *rig, o *exchange.Options) { o.MaxFrame = 16 << 20 }},
			breaks: func(_ *testing.T, r *rig) { r.sim.Junk(simexchange.Huge) },
			also:   sameConnection,
		},
		{
			name: "order keys restart", says: "Late",
			breaks: func(_ *testing.T, r *rig) { r.sim.RestartKeys(false) },
		},
		{
			name: "order keys restart, in a named epoch", notice: -1, lasts: 2 * time.Second,
			breaks: func(_ *testing.T, r *rig) { r.sim.RestartKeys(true) },
			also:   sameConnection,
		},
	}
}

// sameConnection says that the connection has not been replaced.
func sameConnection(_ *testing.T, r *rig) []string {
	if n := r.book.Status().Reconnects; n > 0 {
		return []string{"the connection was cut for it"}
	}
	return nil
}

// subscriptionFaults are those of asking for markets.
func subscriptionFaults() []fault {
	refuseHalf := func(_ byte, p []byte) ([]byte, error) {
		half := markets(12)[:6]
		if i := slices.IndexFunc(half, func(m ticker.Market) bool { return bytes.Contains(p, []byte(m)) }); i >= 0 {
			if !bytes.Contains(p, []byte(`"subscribed"`)) {
				return nil, nil // nor is it told
			}
			return []byte(`{"type":"refused","market":"` + string(half[i]) + `","reason":"not today"}`), nil
		}
		return p, nil
	}
	return []fault{
		{
			name: "acknowledgement never comes", notice: connectTimeout(), lasts: 2 * connectTimeout(), says: "within", early: true,
			first:  func(_ *testing.T, r *rig) { r.ws.filterAll(unless(`"subscribed"`)) },
			breaks: func(*testing.T, *rig) {},
			mend:   func(_ *testing.T, r *rig) { r.ws.filterAll(nil) },
		},
		{
			name: "half the markets refused", lasts: 4 * time.Second, says: "Refused",
			breaks: func(_ *testing.T, r *rig) { r.ws.filterAll(refuseHalf); r.ws.reset() },
			mend:   func(_ *testing.T, r *rig) { r.ws.filterAll(nil); r.ws.reset() },
		},
	}
}
