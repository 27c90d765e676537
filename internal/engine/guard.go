package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// Why a guard cuts a connection.
var (
	errClock   = errors.New("the clock jumped: nothing that was read can be dated")
	errPaused  = errors.New("the program was paused: what waits in the socket is old")
	errMarkets = errors.New("renewed for new markets")
)

const (
	guardEvery = time.Second
	clockJump  = time.Second     // more than this between wall and monotonic clock
	pausedFor  = 5 * time.Second // a second that took this much longer
)

// guard cuts the connection when it is silent for the exchange's idle time, when
// its order keys are void, when new markets need another connection, and when
// this machine slept or its clock was set. Looking once a second costs the
// messages nothing.
func (s *shard) guard(ctx context.Context, link *ticker.Link, cut context.CancelCauseFunc) {
	tick := time.NewTicker(guardEvery)
	defer tick.Stop()
	before := s.began
	idle := s.r.Feed.Idle
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.renew:
			cut(errMarkets)
			return
		case <-tick.C:
		}
		now := time.Now()
		mono, wall := now.Sub(before), now.Round(0).Sub(before.Round(0))
		switch silent := now.Sub(s.began) - time.Duration(s.heard.Load()); {
		case (wall - mono).Abs() > clockJump:
			cut(errClock)
		case mono > guardEvery+pausedFor:
			cut(errPaused)
		case link.Void():
			cut(ticker.ErrRestarted)
		case idle > 0 && silent > idle:
			cut(fmt.Errorf("silent for %v", silent.Round(time.Second)))
		default:
			before = now
			continue
		}
		return
	}
}
