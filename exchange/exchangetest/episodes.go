package exchangetest

import (
	"time"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

const (
	day         = 24 * time.Hour
	maintenance = 20 * time.Minute
)

// day lives one day: in each sixth of it something happens.
func (w *calendar) day(n int) {
	begin := w.began.Add(time.Duration(n) * day)
	for i := range episodes {
		part := day / episodes
		at := begin.Add(time.Duration(i)*part + time.Duration(w.rng.Int64N(int64(part-2*time.Hour))))
		time.Sleep(time.Until(at))
		what := w.misfortune
		switch {
		case i == 0 && n%7 == 6:
			what = w.maintenance
		case i == 0:
			what = w.cut
		case i == 1 && !w.fixed:
			what = func() { w.change(n) }
		}
		w.episode(what)
	}
	time.Sleep(time.Until(begin.Add(day)))
}

// episode has something happen while there is much to tell, and waits until the
// Book is whole again.
func (w *calendar) episode(what func()) {
	w.forget()
	w.mood(dense, 2*time.Second)
	w.world.mu.Lock()
	w.owed, w.short = w.cfg.Lag.Max, 0
	w.world.mu.Unlock()
	time.Sleep(30 * time.Second)
	what()
	w.sim.Unmute()
	w.sim.Refuse(false, false)
	w.sim.Delay(0)
	w.sim.Fail(0, simexchange.Failure{})
	time.Sleep(time.Minute)
	w.mood(sparse, 5*time.Minute)
	time.Sleep(2 * longList) // votes of a list that was short lapse with the next
	live := w.until(time.Hour, func() bool { return w.book.Status().State == ticker.Live && w.settled() })
	w.world.mu.Lock()
	w.f.look(truth, live, "%v: not live %v after a misfortune: %+v", time.Since(w.began), time.Hour, w.book.Status())
	w.world.mu.Unlock()
	w.sim.SetRate(0)
	delay := max(w.feed.Trade.Delay, w.feed.Quote.Delay, w.feed.Stats.Delay)
	time.Sleep(w.cfg.Lag.Max + w.cfg.Latency.Max + delay + 2*w.traits.Heartbeat + time.Second)
	if live {
		w.compare()
	}
	w.sim.SetRate(sparse)
}

// mood says how much the exchange has to tell, and how often the Book is looked at.
func (w *calendar) mood(rate float64, pause time.Duration) {
	w.sim.SetRate(rate)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pause = pause
}

// cut ends all connections.
func (w *calendar) cut() { w.sim.Drop() }

// maintenance has the exchange go away for a while.
func (w *calendar) maintenance() {
	w.sim.Refuse(true, true)
	w.sim.Drop()
	time.Sleep(maintenance)
}

// change lists one of a few markets, and delists the one that was listed the day
// before.
func (w *calendar) change(n int) {
	name := func(n int) ticker.Market { return ticker.Market("NEW-" + string(rune('A'+n%4))) }
	fresh, old := name(n), name(n+3)
	w.world.mu.Lock()
	w.touched[fresh] = true
	delete(w.delisted, fresh)
	w.world.mu.Unlock()
	w.sim.List(fresh)
	if n > 0 {
		w.world.mu.Lock()
		w.delisted[old] = true
		w.world.mu.Unlock()
		w.sim.Delist(old)
	}
}

// forget looks at the pace of the latest requests and lets the exchange forget what
// is older than an hour: the last thing that happened was before.
func (w *calendar) forget() {
	for _, r := range w.sim.Requests() {
		if !r.At.After(w.request) {
			continue
		}
		w.tokens = min(w.tokens+r.At.Sub(w.request).Seconds()*float64(w.limit), float64(w.burst)) - float64(r.Weight)
		w.request = r.At
		w.world.mu.Lock()
		w.f.look(pace, w.tokens > -1e-6, "request %s at %v is above %v a second, burst %d", r.Path, r.At.Sub(w.began), w.limit, w.burst)
		w.world.mu.Unlock()
	}
	w.sim.Forget(time.Now().Add(-time.Hour))
}
