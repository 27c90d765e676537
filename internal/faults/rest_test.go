package faults_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/internal/keyed"
)

// restFaults are answers that fail when a new connection needs them: the
// connection is reset together with each. Both syncs have each.
func restFaults() (fs []fault) {
	minute := long(time.Minute, 5*time.Second)
	for _, f := range []struct {
		name     string
		with     simexchange.Failure
		lasts    time.Duration
		notice   time.Duration
		says     string
		requests int
	}{
		{"REST hangs", simexchange.Hang(), long(20*time.Second, 5*time.Second), requestTimeout(), "no answer within", 20},
		{fmt.Sprintf("REST 500 for %v", minute), simexchange.Status(500), minute, 0, "status 500", 20},
		{"429 with Retry-After 3", simexchange.Limited("3"), long(12*time.Second, 5*time.Second), 0, "retry after 3s", 20},
		{"429 without Retry-After", simexchange.Limited(""), long(12*time.Second, 5*time.Second), 0, "rate limit", 20},
		{"HTML with status 200", simexchange.HTML(), long(10*time.Second, 3*time.Second), 0, "HTML", 20},
		{"gzip bomb over REST", simexchange.Bomb(), long(10*time.Second, 3*time.Second), 0, "longer than", 20},
		{"REST answers cut short", simexchange.Cut(), long(10*time.Second, 3*time.Second), 0, "GET", 20},
	} {
		for _, single := range []bool{false, true} {
			name, requests := f.name, f.requests
			if single { // a request a market, each with a back-off of its own
				name, requests = name+", singlesync", 12*f.requests
			}
			fs = append(fs, fault{
				name: name, lasts: f.lasts, notice: f.notice, says: f.says, requests: requests,
				setup:  setup{single: single, cfg: simexchange.Config{Busy: 6}},
				breaks: func(_ *testing.T, r *rig) { r.sim.Fail(-1, f.with); r.ws.reset() },
				mend:   func(_ *testing.T, r *rig) { r.sim.Fail(0, f.with) },
			})
		}
	}
	return fs
}

// paused says that after an answer of 429 nothing was asked until that time was
// over, but for what was under way.
func paused(asked []simexchange.Request) (wrong []string) {
	const pause, underWay = time.Second, 200 * time.Millisecond // the shortest pause of any
	for i, r := range asked {
		for _, next := range asked[i+1:] {
			if d := next.At.Sub(r.At); r.Status == http.StatusTooManyRequests && d > underWay && d < pause {
				return []string{fmt.Sprintf("asked again %v after a 429", d)}
			}
		}
	}
	return nil
}

// renew changes every market, the quiet ones too, and waits until the Book has it:
// what a cache holds is older.
func renew(r *rig) {
	at := time.Now()
	r.sim.Tick(r.cfg.Markets...)
	until(10*time.Second, func() bool {
		for _, m := range r.cfg.Markets {
			if held, _ := r.book.Get(m); held.Trade.Received.Before(at) && held.Quote.Received.Before(at) {
				return false
			}
		}
		return true
	})
	time.Sleep(500 * time.Millisecond)
}

// cacheFaults are answers from a cache that is five minutes old, while half of the
// markets are quiet, so that the stream does not put them right.
func cacheFaults() (fs []fault) {
	old := func(tells bool) func(*testing.T, *rig) {
		return func(_ *testing.T, r *rig) {
			renew(r)
			r.sim.CacheREST(5*time.Minute, tells)
			r.ws.reset()
		}
	}
	mend := func(_ *testing.T, r *rig) { r.sim.CacheREST(0, false) }
	cfg := simexchange.Config{Busy: 6}
	lasts := long(time.Minute, 8*time.Second) // longer than it takes to believe that keys are void
	return []fault{
		{name: "REST five minutes old, order keys", setup: setup{cfg: cfg}, breaks: old(false), mend: mend, lasts: lasts},
		{
			name:  "REST five minutes old, Age and Date say so",
			setup: setup{cfg: cfg, variant: keyed.Variant{Keyless: true}}, breaks: old(true), mend: mend, lasts: lasts,
		},
	}
}
