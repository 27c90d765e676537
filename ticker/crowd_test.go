package ticker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// A thousand watchers, half of them stuck in their loop body, and the feed goes on.
func TestThousandWatchers(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		var ms []Market
		for i := range 20 {
			ms = append(ms, Market(fmt.Sprintf("M%02d-X", i)))
		}
		l := w.link(tradesOnly, ms...)
		var done sync.WaitGroup
		stuck := make(chan struct{})
		last := make([]string, 1000)
		for n := range last {
			done.Go(func() {
				var only []Market
				if n%2 == 0 {
					only = ms[n%20 : n%20+1]
				}
				for c := range w.Watch(context.Background(), only...) {
					if c.Market == ms[n%20] {
						last[n] = c.Trade.Price.String()
					}
					if n%4 < 2 {
						<-stuck
					}
				}
			})
		}
		synctest.Wait()
		for i := range 100 {
			for _, m := range ms {
				tell(l, trade(m, fmt.Sprint(i)))
			}
		}
		synctest.Wait()
		close(stuck)
		w.k.End(errors.New("enough"))
		done.Wait()
		for n, p := range last {
			assert.Equal(w, "99", p, "watcher %d", n)
		}
	})
}

// Writers, readers and watchers at once; the race detector looks on, and in the
// end readers and watchers have what was written last.
func TestEverybodyAtOnce(t *testing.T) {
	var b Book
	k, _ := b.Keep("sim")
	k.Expect(4)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var writers, others sync.WaitGroup
	ended := errors.New("ended")
	views := make([]map[Market]string, 4)
	for n := range views {
		views[n] = map[Market]string{}
		told := b.Watch(ctx)
		if n%2 == 0 {
			told = b.Follow(ctx, 1+n*n)
		}
		others.Go(func() {
			for c := range told {
				if c.Market != "" {
					views[n][c.Market] = c.Trade.Price.String()
				}
				assert.True(t, c.End == nil || errors.Is(c.End, ended))
			}
		})
		others.Go(func() {
			var all []Ticker
			for changed := b.StatusChanged(); b.Status().State != Ended; {
				all = b.AppendAll(all[:0])
				_, _ = b.Trade("M1-X", time.Second)
				_, _ = b.Quote("M2-X", time.Second)
				_ = k.Wanted(nil)
				_ = b.Lives()
				select {
				case <-changed:
					changed = b.StatusChanged()
				default:
				}
			}
		})
	}
	for n := range 4 {
		writers.Go(func() {
			ms := []Market{Market(fmt.Sprintf("M%d-X", n)), Market(fmt.Sprintf("N%d-X", n))}
			for i := range 50 {
				l := b.Link(ms, tradesOnly)
				for j := range 20 {
					_ = l.Stream([]Update{trade(ms[0], fmt.Sprint(i*20+j))}, time.Now())
					l.Heard(time.Now())
				}
				l.Answer([]Update{trade(ms[1], fmt.Sprint(i))}, time.Now(), false)
				if i < 49 {
					l.Close(errors.New("reset"))
				}
			}
		})
	}
	writers.Wait()
	assert.NoError(t, b.WaitSynced(ctx))
	k.End(ended)
	others.Wait()
	for t1 := range b.All() {
		for n := range views {
			assert.Equal(t, t1.Trade.Price.String(), views[n][t1.Market])
		}
	}
	assert.Len(t, views[0], 8)
}
