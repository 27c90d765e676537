package exchangetest

import (
	"strconv"
	"time"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// misfortunes plays random faults for a while, and ends them all.
func (w *world) misfortunes() {
	keyed := w.traits.Unordered
	w.mu.Lock()
	w.restarts = keyed && w.rng.IntN(4) == 0
	w.mu.Unlock()
	if keyed && !w.restarts && w.rng.IntN(2) == 0 {
		shuffle := time.Duration(w.rng.IntN(400)) * time.Millisecond
		w.sim.Shuffle(shuffle)
		w.sim.Echo(w.rng.Float64()/5, time.Duration(w.rng.IntN(3000))*time.Millisecond)
		w.owes(shuffle)
	}
	for range w.rng.IntN(8) {
		time.Sleep(time.Duration(float64(12*time.Second) * w.rng.Float64()))
		w.misfortune()
	}
	time.Sleep(time.Duration(float64(5*time.Second) * w.rng.Float64()))
	w.sim.Unmute()
	w.sim.Refuse(false, false)
	w.sim.Delay(0)
	w.sim.Fail(0, simexchange.Failure{})
	w.sim.FailConnect(0, simexchange.Failure{})
	if keyed {
		w.sim.Shuffle(0)
		w.sim.Echo(0, 0)
	}
}

// owes notes that frames may be late by so much more.
func (w *world) owes(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.owed += d
}

// misfortune plays one fault. What no client could notice is not among them.
func (w *world) misfortune() {
	d := time.Duration(float64(20*time.Second) * w.rng.Float64())
	n := 1 + w.rng.IntN(4)
	kind := w.rng.IntN(14)
	w.tell("misfortune %d for %v", kind, d)
	switch kind {
	case 0, 1:
		w.sim.Drop()
	case 2:
		w.sim.Refuse(w.rng.IntN(2) == 0, true)
		w.sim.Drop()
		time.Sleep(d)
		w.sim.Refuse(false, false)
	case 3:
		w.owes(d) // what was owed comes when the exchange speaks again
		w.sim.Mute(w.rng.IntN(2) == 0)
		time.Sleep(d)
		w.sim.Unmute()
	case 4:
		late := time.Duration(w.rng.IntN(3000)) * time.Millisecond
		w.owes(late)
		w.sim.Delay(late)
		time.Sleep(d)
		w.sim.Delay(0)
	case 5:
		w.sim.Fail(n, simexchange.Status(500+w.rng.IntN(4)))
	case 6:
		w.sim.Fail(n, simexchange.Limited(retryAfter(w.rng.IntN(5))))
	case 7:
		w.sim.Fail(n, simexchange.HTML())
	case 8:
		release := w.sim.Hold(1)
		time.Sleep(min(d, 5*time.Second))
		release()
	case 9:
		w.sim.Repeat(n)
	case 10:
		// Three in a row are believed, and the first list of all has to be.
		// A relay may have another collector begin at any time.
		if w.short++; w.short <= 2 && w.relay == nil && w.book.Status().Total >= len(w.cfg.Markets) {
			// Four that trade: of fewer, two in a row are believed.
			w.mu.Lock()
			lacks := 4 + len(w.touched)
			w.mu.Unlock()
			w.sim.ShortList(1, lacks)
		}
	case 11:
		w.listings()
	case 12:
		w.sim.CacheREST(d, true)
		time.Sleep(d)
		w.sim.CacheREST(0, true)
	case 13:
		if w.restarts {
			w.sim.RestartKeys(false)
		}
		kinds := simexchange.Junks()
		w.sim.Junk(kinds[w.rng.IntN(len(kinds))])
	}
}

// retryAfter writes the header; none for zero.
func retryAfter(seconds int) string {
	if seconds == 0 {
		return ""
	}
	return strconv.Itoa(seconds)
}

// listings changes how some market is listed.
func (w *world) listings() {
	ms := w.sim.Markets()
	if len(ms) < 3 || w.traits.Fixed {
		return
	}
	m := ms[w.rng.IntN(len(ms))]
	w.mu.Lock()
	w.touched[m.Market] = true
	w.mu.Unlock()
	switch w.rng.IntN(4) {
	case 0:
		w.mu.Lock()
		w.delisted[m.Market] = true
		w.mu.Unlock()
		w.sim.Delist(m.Market)
	case 1:
		w.sim.Halt(m.Market)
	case 2:
		w.sim.Resume(m.Market)
	default:
		fresh := ticker.Market("NEW-" + string(rune('A'+w.rng.IntN(26))))
		w.mu.Lock()
		w.touched[fresh] = true
		w.mu.Unlock()
		w.sim.List(fresh)
	}
}
