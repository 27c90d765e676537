package faults_test

import (
	"testing"
	"time"
)

// connectionFaults are those of the wire between here and the exchange.
func connectionFaults() []fault {
	return []fault{
		{name: "TCP reset", breaks: func(_ *testing.T, r *rig) { r.ws.reset() }},
		{name: "FIN", breaks: func(_ *testing.T, r *rig) { r.ws.fin() }},
		{
			name: "half-open: packets vanish both ways", notice: pingEvery + pongWithin(),
			breaks: func(_ *testing.T, r *rig) { r.ws.vanish() },
		},
		{
			name: "mute, pongs come", notice: idle(), says: "silent",
			breaks: func(_ *testing.T, r *rig) { r.ws.filterOpen(silent(true)) },
		},
		{
			name: "mute, no pongs", notice: pingEvery + pongWithin(),
			breaks: func(_ *testing.T, r *rig) { r.ws.filterOpen(silent(false)) },
		},
		{
			name: "slow drip, a byte a second", notice: idle(),
			breaks: func(_ *testing.T, r *rig) { r.ws.drip() },
		},
		{name: "frame cut in half", breaks: func(_ *testing.T, r *rig) { r.ws.filterOpen(half) }},
		{
			name: "mute for all connections, for a while", notice: idle(), lasts: long(20*time.Second, 8*time.Second),
			breaks: func(_ *testing.T, r *rig) { r.ws.filterAll(silent(true)) },
			mend:   func(_ *testing.T, r *rig) { r.ws.filterAll(nil) },
		},
	}
}

// quietFaults are those of an exchange without heartbeats, where silence proves
// nothing: REST decides.
func quietFaults() []fault {
	decided := idle() + requestTimeout() + 2*time.Second // as exchange.Feed.Quiet says
	beatless := func(_ *testing.T, r *rig) { r.ws.filterAll(unless(`"beat"`)) }
	return []fault{
		{
			name: "no heartbeats, and nothing happens", setup: setup{quiet: true}, first: beatless,
			notice: -1, lasts: 4 * idle(), also: sameConnection,
			breaks: func(_ *testing.T, r *rig) { r.sim.SetRate(0) },
			mend:   func(_ *testing.T, r *rig) { r.sim.SetRate(50) },
		},
		{
			name: "no heartbeats, and mute, pongs come", setup: setup{quiet: true}, first: beatless,
			notice: decided,
			breaks: func(_ *testing.T, r *rig) { r.ws.filterOpen(silent(true)) },
		},
	}
}
