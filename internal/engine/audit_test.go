package engine_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// auditing plays with an audit at a share of the budget, until f returns.
func auditing(t *testing.T, s sync, p place, c simexchange.Config, share float64, f func(*world)) {
	t.Helper()
	playWith(t, s, p, c, settings{Relist: time.Hour, Audit: share}, nil, func(w *world) {
		w.until("live", live)
		f(w)
	})
}

// wrong returns the markets whose trade or quote is not the exchange's.
func (w *world) wrong() (ms []ticker.Market) {
	for _, m := range w.sim.Markets() {
		held, _ := w.book.Get(m.Market)
		for _, g := range []ticker.Groups{ticker.TradeGroup, ticker.QuoteGroup} {
			if w.sim.VersionAt(m.Market, g, time.Now()) == 0 || g == ticker.QuoteGroup && held.Quote.Source == ticker.NoSource {
				continue
			}
			if _, ok := w.sim.Find(held, g, w.sim.VersionAt(m.Market, g, time.Now())); !ok {
				ms = append(ms, m.Market)
			}
		}
	}
	return ms
}

// seeds is how many histories are tried.
func seeds() uint64 {
	if testing.Short() {
		return 1
	}
	return 3
}

// patient is how long a difference is given to explain itself, at most, beside the
// answer's own time.
const patient = 9 * time.Second

// An update that the exchange loses is found before every market has been compared
// once, and healed; without an audit it stays lost.
func TestAuditFindsALostUpdate(t *testing.T) {
	for _, s := range both {
		for _, p := range []place{notebook, keyedPlace} {
			t.Run(s.name+"/"+p.name, func(t *testing.T) {
				for seed := range seeds() {
					// One market is busy, so that the connection is seen to live.
					c := simexchange.Config{Seed: seed, Rate: 1, Busy: 1, Distinct: true}
					for _, share := range []float64{0.2, -1} {
						auditing(t, s, p, c, share, func(w *world) {
							ms := w.sim.Markets()
							lost := ms[seed%uint64(len(ms))].Market
							before := w.book.Status().Audit
							w.sim.Lose(1, lost)
							w.sim.Tick(lost)
							if share < 0 {
								time.Sleep(10 * time.Minute)
								assert.Contains(w, w.wrong(), lost)
								assert.Equal(w, ticker.Audit{}, w.book.Status().Audit)
								return
							}
							require.Positive(w, before.Round)
							at := time.Now()
							st := w.until("found", func(st ticker.Status) bool { return st.Audit.Mismatches > 0 })
							assert.Less(w, time.Since(at), before.Round+patient)
							assert.ErrorIs(w, st.LastError, ticker.ErrMismatch)
							assert.ErrorContains(w, st.LastError, string(lost))
							assert.LessOrEqual(w, st.Audit.Worst, time.Since(w.began))
							assert.Empty(w, w.wrong())
							time.Sleep(2 * time.Minute)
							assert.EqualValues(w, 1, w.book.Status().Audit.Mismatches)
							assert.Zero(w, w.book.Status().Reconnects, "one loss is no reason")
						})
					}
				}
			})
		}
	}
}

// Heartbeats without data: the audit finds out, heals, and has the link restarted,
// though less and less often where that does not help.
func TestAuditHeartbeatsWithoutData(t *testing.T) {
	for _, s := range both {
		t.Run(s.name, func(t *testing.T) {
			auditing(t, s, keyedPlace, simexchange.Config{Seed: 1, Rate: 3}, 0.2, func(w *world) {
				w.sim.LoseUpdate(1)
				at := time.Now()
				w.until("found", func(st ticker.Status) bool { return st.Audit.Mismatches > 0 })
				assert.Less(w, time.Since(at), w.book.Status().Audit.Round+patient)
				st := w.until("restarted", func(st ticker.Status) bool { return st.Reconnects > 0 })
				assert.Less(w, time.Since(at), 2*time.Minute)
				assert.ErrorIs(w, st.LastError, ticker.ErrMismatch)
				time.Sleep(time.Hour)
				n := w.book.Status().Reconnects
				assert.Greater(w, n, 3)
				assert.Less(w, n, 8)
				w.sim.LoseUpdate(0)
				time.Sleep(2 * time.Minute) // each market is told once more
				w.right()
			})
		})
	}
}

// The audit spends no more than its share, and nothing while something is wanted.
func TestAuditShare(t *testing.T) {
	for _, s := range both {
		for _, share := range []float64{0.01, 0.1} {
			t.Run(s.name, func(t *testing.T) {
				auditing(t, s, keyedPlace, simexchange.Config{Seed: 1, Rate: 3}, share, func(w *world) {
					n := len(w.sim.Requests())
					time.Sleep(20 * time.Minute)
					got, most := len(w.sim.Requests())-n, share*pace*1200
					assert.InDelta(w, most, got, 0.05*most+4, "and the list is read once")
					assert.NotZero(w, w.book.Status().Audit.Probes)
					w.sim.Fail(-1, simexchange.Status(500), "ticker") // nothing can be known anew
					w.sim.Drop()
					time.Sleep(time.Minute)
					probes := w.book.Status().Audit.Probes
					time.Sleep(10 * time.Minute)
					assert.Equal(w, probes, w.book.Status().Audit.Probes)
				})
			})
		}
	}
}

// Where no answer could show anything there is no audit, nor where none is wished.
func TestNoAudit(t *testing.T) {
	feeds := map[string]ticker.Feed{
		"on trade": {Trade: ticker.Told{Kind: ticker.OnTrade, REST: true}},
		"no REST":  {Trade: ticker.Told{Kind: ticker.EveryChange}},
		"relay":    {Trade: ticker.Told{Kind: ticker.EveryChange, REST: true}, Relay: true},
	}
	for name, feed := range feeds {
		for _, s := range both {
			bubble(t, s.name+"/"+name, func(t *testing.T) {
				w := startWith(t, s, &fake{feed: exchange.Feed{Feed: feed}}, settings{Audit: 1})
				defer w.end()
				time.Sleep(time.Hour)
				assert.Equal(t, ticker.Audit{}, w.book.Status().Audit)
			})
		}
	}
}

// An error of an audit's request costs that request, unless it cannot get better.
func TestAuditErrors(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			var busy, retired atomic.Bool
			fails := func() error {
				switch {
				case busy.Load():
					return errors.New("busy")
				case retired.Load():
					return errRetired
				}
				return nil
			}
			src := &fake{feed: everyTrade()}
			src.feed.Budget = exchange.NewBudget(1, 1)
			src.fetch = fetchOf(func(l exchange.Listing) (ticker.Update, error) { return price(l.Market, "3"), fails() })
			src.snapshot = func(context.Context) ([]ticker.Update, error) {
				return []ticker.Update{price("A-X", "3"), price("B-X", "3")}, fails()
			}
			w := startWith(t, s, src, settings{Audit: 1})
			w.until("live", live)
			busy.Store(true)
			st := w.until("failed", func(st ticker.Status) bool { return st.LastError != nil })
			assert.ErrorContains(t, st.LastError, "audit: busy")
			synctest.Wait()
			busy.Store(false)
			n := w.book.Status().Audit.Probes
			w.until("goes on", func(st ticker.Status) bool { return st.Audit.Probes > n })
			retired.Store(true)
			assert.ErrorIs(t, <-w.done, errRetired)
			w.stop()
		})
	}
}

// Who says nothing has an audit of a twentieth of the budget, from the first minute
// on; without a budget, as if that were one request a second.
func TestAuditByDefault(t *testing.T) {
	for _, s := range []sync{
		{name: "fullsync", run: func(ctx context.Context, b *ticker.Book, s source, _ settings) error {
			return fullsync.Run(ctx, b, s, nil)
		}},
		{name: "singlesync", run: func(ctx context.Context, b *ticker.Book, s source, _ settings) error {
			return singlesync.Run(ctx, b, s, nil)
		}},
	} {
		for _, budget := range []*exchange.Budget{nil, exchange.NewBudget(0.5, 1)} {
			bubble(t, s.name, func(t *testing.T) {
				src := &fake{feed: everyTrade()}
				src.feed.Budget = budget
				w := startWith(t, s, src, settings{})
				defer w.end()
				every := 20 * time.Second
				if budget != nil {
					every = 40 * time.Second
				}
				if s.name == "fullsync" {
					every = max(every, 30*time.Second)
				}
				w.until("live", live)
				time.Sleep(time.Minute - time.Second)
				assert.LessOrEqual(t, w.book.Status().Audit.Probes, uint64(1), "an answer that the Book needed can be compared, too")
				time.Sleep(time.Hour)
				st := w.book.Status()
				n := float64(time.Hour) / float64(every)
				if s.name == "fullsync" {
					n *= 2 // two markets
					assert.Equal(t, every, st.Audit.Round)
				} else {
					assert.Equal(t, 2*every*5/4, st.Audit.Round)
				}
				assert.InDelta(t, n, st.Audit.Probes, 4)
				assert.Zero(t, st.Audit.Mismatches)
			})
		}
	}
}
