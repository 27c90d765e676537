package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// byHand are frames beyond those that simexchange makes, for the notebook's
// exchange.
var byHand = map[string]string{
	"nan":         "{'btc_ltc': nan}",
	"infinity":    "{'btc_ltc': -inf}",
	"nested":      "{'btc_ltc': {'btc_ltc': 1.5}}",
	"astronomic":  "{'btc_ltc': 1e999999999999}",
	"zero":        "{'btc_ltc': 0.0}",
	"not UTF-8":   "{'btc_\xff\xfe': 2}",
	"second dict": "{'btc_ltc': 1.5}{'btc_ltc': 1.6}",
	"too long":    strings.Repeat(" ", 17<<20),
}

// A frame that cannot be read is counted and named, costs nothing that was known,
// and the engine goes on.
func TestBadInputFrames(t *testing.T) {
	for _, s := range both {
		for _, p := range []place{notebook, keyedPlace} {
			for _, kind := range simexchange.Junks() {
				t.Run(s.name+"/"+p.name+"/"+kind.String(), func(t *testing.T) {
					// Ten megabytes of a message and spaces can be read.
					badFrame(t, s, p, kind != simexchange.Huge, func(sim *simexchange.Server) { sim.Junk(kind) })
				})
			}
		}
		for name, frame := range byHand {
			t.Run(s.name+"/by hand/"+name, func(t *testing.T) {
				badFrame(t, s, notebook, true, func(sim *simexchange.Server) { sim.Inject([]byte(frame)) })
			})
		}
	}
}

func badFrame(t *testing.T, s sync, p place, bad bool, send func(*simexchange.Server)) {
	play(t, s, p, nil, func(w *world) {
		before := w.right()
		require.Zero(w, before.Bad+before.Stray)
		known := w.prices()
		send(w.sim)
		time.Sleep(time.Second)
		assert.Equal(w, known, w.prices(), "what was known stays")
		st := w.book.Status()
		assert.True(w, st.Synced)
		if bad {
			named(w, before, st)
		}
		w.right()
	})
}

// named: the frame is counted, alone or by the connection that it cost, and what
// was wrong with it can be read in a line.
func named(w *world, before, st ticker.Status) {
	w.Helper()
	lost := st.State != ticker.Live || st.Reconnects > before.Reconnects
	assert.True(w, st.Bad+st.Stray > 0 || lost, "%+v", st)
	if st.Stray > 0 {
		return // about a market that is none: there is no more to say
	}
	require.Error(w, st.LastError)
	assert.Less(w, len(st.LastError.Error()), 1000)
	w.Log(st.LastError)
}
