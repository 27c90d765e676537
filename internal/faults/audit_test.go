package faults_test

import (
	"testing"
	"time"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/ticker"
)

// audited is the share of the budget that the audit may spend here: with ten
// requests a second, five.
const audited = 0.5

// hidden is within which time the audit finds what nothing on the wire reveals: the
// time in which every market is compared, and what the stream is given to explain
// a difference. One snapshot compares all; singlesync has to ask for each.
func hidden(single bool) time.Duration {
	const explained = 7 * time.Second // five, until a heartbeat is read, and a second
	if single {
		return explained + 12*250*time.Millisecond
	}
	return explained + 200*time.Millisecond
}

// auditFaults are those that only a comparison with REST finds.
func auditFaults() (fs []fault) {
	for _, single := range []bool{false, true} {
		name := func(s string) string {
			if single {
				return s + ", singlesync"
			}
			return s
		}
		const quiet = ticker.Market("M00-EUR")
		at := setup{single: single, audit: audited}
		calm := at
		calm.cfg = simexchange.Config{Rate: 0.001} // what changes does so by hand
		keyless := calm
		keyless.variant = keyed.Variant{Keyless: true}
		fs = append(fs,
			fault{
				name: name("heartbeats but no data: audit"), setup: at, audit: true,
				notice: hidden(single), says: mismatch, lasts: hidden(single) + 2*time.Second,
				breaks: func(_ *testing.T, r *rig) { r.sim.Lose(-1) },
				mend:   func(_ *testing.T, r *rig) { r.sim.Lose(0) },
			},
			fault{
				name: name("one lost update of a quiet market: audit"), setup: calm, audit: true,
				notice: hidden(single), says: mismatch,
				breaks: func(_ *testing.T, r *rig) { r.sim.Lose(1, quiet); r.sim.Tick(quiet) },
				healed: isTrue(quiet),
			},
			fault{
				name: name("REST five minutes old, neither keys nor headers: audit"), setup: keyless, audit: true,
				lasts: 5 * time.Second, notice: 5*time.Second + hidden(single), says: mismatch,
				breaks: func(_ *testing.T, r *rig) {
					renew(r)
					r.sim.CacheREST(5*time.Minute, false)
					r.ws.reset()
				},
				mend:   func(_ *testing.T, r *rig) { r.sim.CacheREST(0, false) },
				healed: isTrue(markets(12)...),
			})
	}
	return fs
}

// isTrue says whether the Book holds what is true of the markets.
func isTrue(ms ...ticker.Market) func(r *rig) bool {
	return func(r *rig) bool {
		for _, m := range ms {
			truth, _ := r.sim.Truth(m)
			held, _ := r.book.Get(m)
			if !held.Trade.Price.Equal(truth.Trade.Price) || !held.Quote.Bid.Equal(truth.Quote.Bid) {
				return false
			}
		}
		return true
	}
}
