package exchangetest

import (
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// silence looks at how the engine takes a silence: one in which nothing happens
// costs no connection, and one that hides what happens is noticed in time.
func (w *world) silence() {
	if w.feed.Idle <= 0 {
		return
	}
	before := w.book.Status()
	time.Sleep(2*w.feed.Idle + time.Second)
	after := w.book.Status()
	w.mu.Lock()
	w.f.look(quiet, after.State == ticker.Live && after.Reconnects == before.Reconnects, "after a quiet %v: %+v", 2*w.feed.Idle, after)
	w.mu.Unlock()

	w.mu.Lock()
	downs := w.downs
	w.mu.Unlock()
	at, most := time.Now(), w.noticed()+w.late()
	cut := func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.downs > downs
	}
	w.owes(most)     // what other connections were owed comes when the exchange speaks again
	w.sim.Mute(true) // the socket lives, as its pongs say
	for !cut() && time.Since(at) < most {
		w.happens(w.feed.Quiet)
	}
	noticed := cut()
	w.mu.Lock()
	// Where prices repeat, REST may happen to answer the one that was told.
	if !w.feed.Quiet || w.cfg.Distinct {
		w.f.look(mute, noticed, "not noticed within %v: %+v", most, w.book.Status())
	}
	w.mu.Unlock()
	w.sim.Unmute()
	live := w.until(healing, func() bool {
		w.happens(w.restarts) // else the exchange may rest for longer than void keys need to be known
		return w.book.Status().State == ticker.Live
	})
	w.mu.Lock()
	w.f.look(mute, live, "not live again: %+v", w.book.Status())
	w.mu.Unlock()
}

// happens lets a second pass, in which each market changes if that matters.
func (w *world) happens(matters bool) {
	for _, m := range w.sim.Markets() {
		if m.Trading && matters {
			w.sim.Tick(m.Market)
		}
	}
	time.Sleep(time.Second)
}

// noticed is how long a mute connection may stay unnoticed, as Feed says, and a
// second; a little more where REST is asked, which takes its time.
func (w *world) noticed() time.Duration {
	d := w.feed.Idle + time.Second
	if w.feed.Quiet {
		d += max(w.feed.Trade.Delay, w.feed.Quote.Delay) + 2*time.Second + w.cfg.Latency.Max + 3*time.Second
		if max(w.feed.Trade.CacheAge, w.feed.Quote.CacheAge) > 0 {
			d += w.feed.Idle
		}
		for _, m := range w.sim.Markets() {
			if !m.Trading { // the list may not say so, and REST be asked for it
				d += w.feed.Idle
			}
		}
	}
	return d
}

// checkConnects looks at the moments at which connections were tried: never more
// than the burst and what the rate adds, in any window.
func (w *world) checkConnects() {
	b := w.feed.Connects
	if b == nil {
		return
	}
	tokens, last := float64(b.Burst()), w.began
	for _, at := range w.sim.Attempts() {
		tokens = min(tokens+at.Sub(last).Seconds()*float64(b.Rate()), float64(b.Burst())) - 1
		last = at
		w.f.look(spread, tokens > -1e-6, "the one at %v is above %v a second, burst %d", at.Sub(w.began), b.Rate(), b.Burst())
	}
}
