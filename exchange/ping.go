package exchange

import (
	"context"
	"fmt"
	"time"
)

// pingEvery and pongWithin are how often a connection is pinged, and how long
// its pong may take, where Options do not say.
const (
	pingEvery  = 15 * time.Second
	pongWithin = 10 * time.Second
)

// ping is the clock of the socket, which any frame proves to be alive. It ends the
// connection when a pong does not come in time, and nothing else does. Where pings
// have been answered before, frames do not excuse a pong: it is queued behind them,
// so that they are as late as it is.
func (s *stream) ping(every, within time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for answered, again := false, false; ; {
		if !again {
			select {
			case <-s.ctx.Done():
				return
			case <-t.C:
			}
		}
		before := s.frames.Load()
		waiting, cancel := context.WithTimeout(s.ctx, within)
		err := s.conn.Ping(waiting)
		late := waiting.Err() != nil && s.ctx.Err() == nil
		cancel()
		again = late && !answered && s.frames.Load() != before
		switch {
		case again:
		case late:
			_ = s.end(fmt.Errorf("exchange: no pong within %v", within))
			return
		case err != nil:
			_ = s.conn.Close() // Read knows better why
			return
		default:
			answered = true
		}
	}
}
