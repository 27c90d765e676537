package exchangetest

import (
	"math/rand/v2"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// aging draws how old connections may grow: in half of the histories they are
// replaced again and again, amid all faults; in the others never.
func aging(seed uint64) time.Duration {
	r := rand.New(rand.NewPCG(seed, 7))
	if r.IntN(2) == 0 {
		return -1
	}
	return 20*time.Second + time.Duration(r.IntN(60))*time.Second
}

// grace is how long a market that moves may stand still, beside the feed's delay,
// when it passes to another connection.
const grace = 2 * time.Second

// resting is how long a market may take to pass when the exchange says nothing.
const resting = 8 * time.Second

// handOvers looks at connections that are replaced while all is well: nothing
// counts as lost, and no AsOf stands still for longer than the feed's delay.
func (w *world) handOvers() {
	w.sim.SetRate(max(w.cfg.Rate, 2))
	before, opened := w.book.Status(), w.sim.Counts().Opened
	type since struct{ asOf, at time.Time }
	stood := make(map[spot]since)
	for end := time.Now().Add(w.age + 10*time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		st, now := w.book.Status(), time.Now()
		w.mu.Lock()
		w.f.look(handover, st.State != ticker.Down && st.Reconnects == before.Reconnects, "%v: %+v", now.Sub(w.began), st)
		for t := range w.book.All() {
			for _, g := range eachGroup() {
				told, s := w.told(g), stamp(&t, g)
				at := spot{t.Market, g}
				if !followed(told) || w.traits.Heartbeat == 0 || w.touched[t.Market] {
					continue
				}
				if !stood[at].asOf.Equal(s.AsOf) {
					stood[at] = since{s.AsOf, now}
				}
				d, most := now.Sub(stood[at].at), w.traits.Heartbeat+2*w.cfg.Lag.Max+told.Delay+w.late()+grace+350*time.Millisecond
				if d > most {
					w.f.look(handover, false, "%v: AsOf of %s group %d stands still for %v, not %v", now.Sub(w.began), t.Market, g, d, most)
				}
			}
		}
		w.mu.Unlock()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.f.look(handover, w.sim.Counts().Opened > opened, "no connection was replaced within %v", w.age)
}
