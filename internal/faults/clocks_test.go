package faults_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/internal/engine"
)

// clockFaults are those of time itself.
func clockFaults() []fault {
	return []fault{
		{
			name: "exchange clock an hour ahead", notice: -1, lasts: 2 * time.Second,
			setup:  setup{cfg: simexchange.Config{ClockSkew: time.Hour}},
			breaks: func(*testing.T, *rig) {}, also: sameConnection,
		},
		{
			name:   "exchange clock an hour ahead, TCP reset",
			setup:  setup{cfg: simexchange.Config{ClockSkew: time.Hour}},
			breaks: func(_ *testing.T, r *rig) { r.ws.reset() },
		},
		jump("our clock jumps an hour ahead", time.Hour),
		jump("our clock jumps an hour back", -time.Hour),
		stop(long(time.Minute, 8*time.Second)),
		stop(idle() + time.Second),
		stop(idle() * 9 / 10),
	}
}

// stop stops the process, which then goes on.
func stop(lasts time.Duration) fault {
	return fault{name: fmt.Sprintf("the process is stopped for %v, and goes on", lasts), alone: stopped, lasts: lasts}
}

// jump moves the wall clock, as the engine reads it, and leaves the monotonic.
func jump(name string, by time.Duration) fault {
	var moved atomic.Int64
	clock := func() (now, wall time.Time) {
		now = time.Now()
		return now, now.Round(0).Add(time.Duration(moved.Load()))
	}
	return fault{
		name: name, says: "dated",
		setup: setup{context: func(ctx context.Context) context.Context {
			moved.Store(0)
			return engine.WithClock(ctx, clock)
		}},
		breaks: func(*testing.T, *rig) { moved.Store(int64(by)) },
	}
}
