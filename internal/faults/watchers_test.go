package faults_test

import (
	"context"
	"testing"
	"time"

	"github.com/tickersync/tickersync/exchange/simexchange"
)

// readerFaults are programs that read as they should not: the feed does not wait.
func readerFaults() []fault {
	watch := func(n int, each func(end <-chan struct{})) func(*testing.T, *rig) {
		return func(_ *testing.T, r *rig) {
			ctx, cancel := context.WithCancel(context.Background())
			r.undo = append(r.undo, cancel)
			for range n {
				go func() {
					for range r.book.Watch(ctx) {
						each(ctx.Done())
					}
				}()
			}
		}
	}
	follow := func(_ *testing.T, r *rig) {
		ctx, cancel := context.WithCancel(context.Background())
		r.undo = append(r.undo, cancel)
		for range 10 {
			go func() {
				for range r.book.Follow(ctx, 100) {
					<-ctx.Done()
				}
			}()
		}
	}
	fast := setup{cfg: simexchange.Config{Rate: 500}}
	lasts := long(10*time.Second, 3*time.Second)
	return []fault{
		{
			name: "readers that never read", notice: -1, lasts: lasts, setup: fast, also: sameConnection,
			breaks: watch(10, func(end <-chan struct{}) { <-end }),
		},
		{
			name: "followers that never read", notice: -1, lasts: lasts, setup: fast, also: sameConnection,
			breaks: follow,
		},
		{
			name: "1,000 watchers", notice: -1, lasts: lasts, also: sameConnection,
			setup:  setup{cfg: simexchange.Config{Rate: 20}},
			breaks: watch(1000, func(<-chan struct{}) {}),
		},
	}
}
