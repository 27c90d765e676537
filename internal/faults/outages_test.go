package faults_test

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
)

// outages are those of the exchange as a whole.
func outages() []fault {
	lasts := long(15*time.Second, 4*time.Second)
	names, id := newNames(), newIdentity()
	return []fault{
		{
			name: "DNS gone", lasts: lasts, says: "lookup exchange.test",
			setup: setup{options: func(t *testing.T, r *rig, o *exchange.Options) {
				r.undo = append(r.undo, names.serve(t))
				tr := &http.Transport{DialContext: (&net.Dialer{Resolver: names.resolver()}).DialContext}
				r.undo = append(r.undo, tr.CloseIdleConnections)
				r.ended = tr.CloseIdleConnections
				o.HTTPClient = &http.Client{Transport: tr}
				o.RESTURL = strings.Replace(o.RESTURL, "127.0.0.1", "exchange.test", 1)
				o.WebSocketURL = strings.Replace(o.WebSocketURL, "127.0.0.1", "exchange.test", 1)
			}},
			breaks: func(_ *testing.T, r *rig) { names.gone.Store(true); r.rest.reset(); r.ws.reset() },
			mend:   func(*testing.T, *rig) { names.gone.Store(false) },
		},
		{
			name: "TLS certificate of another host", lasts: lasts, says: "x509",
			setup: setup{tls: id, options: func(t *testing.T, r *rig, o *exchange.Options) {
				tr := &http.Transport{TLSClientConfig: id.trust()}
				r.ended = tr.CloseIdleConnections
				o.HTTPClient = &http.Client{Transport: tr}
				o.RESTURL = strings.Replace(o.RESTURL, "http:", "https:", 1)
				o.WebSocketURL = strings.Replace(o.WebSocketURL, "ws:", "wss:", 1)
			}},
			breaks: func(_ *testing.T, r *rig) { id.wrong.Store(true); r.rest.reset(); r.ws.reset() },
			mend:   func(*testing.T, *rig) { id.wrong.Store(false) },
		},
		{
			name: "server restarts", lasts: 3 * time.Second,
			breaks: func(_ *testing.T, r *rig) { r.rest.down(); r.ws.down(); r.sim.RestartKeys(true) },
			mend:   func(t *testing.T, r *rig) { r.rest.up(t); r.ws.up(t) },
		},
		{
			name:   "24 h cut on every connection at once, 16 connections",
			setup:  setup{shards: 16, cfg: simexchange.Config{Rate: 200, Markets: markets(64)}},
			breaks: func(_ *testing.T, r *rig) { r.sim.Hangup(1001, "24 hours are over") },
			says:   "24 hours", requests: 18, heal: 15 * time.Second, also: paced,
		},
	}
}

// paced says that connections were opened no faster than the exchange allows: in
// any time no more than the burst, and the rate times that time.
func paced(_ *testing.T, r *rig) []string {
	r.ws.mu.Lock()
	defer r.ws.mu.Unlock()
	at := r.ws.opened
	for i := range at {
		for k := i + 1; k < len(at); k++ {
			d := at[k].Sub(at[i]) + tolerance
			if n := k - i + 1; float64(n) > connectBurst+connectRate*d.Seconds() {
				return []string{fmt.Sprintf("%d connections within %v", n, d)}
			}
		}
	}
	return nil
}
