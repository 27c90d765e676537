package exchange

import (
	"context"
	"fmt"
	"time"
)

// write writes the frames of the subscription, and keepalives between them, at
// the exchange's pace, until the connection ends.
func (s *socket) write() {
	var pace *Budget
	if s.w.FrameRate > 0 {
		pace = NewBudget(s.w.FrameRate, s.w.FrameBurst)
	}
	var keepalive <-chan time.Time
	if s.w.KeepaliveEvery > 0 && s.w.Keepalive != nil {
		t := time.NewTicker(s.w.KeepaliveEvery)
		defer t.Stop()
		keepalive = t.C
	}
	for {
		s.mu.Lock()
		frame, ok := s.sub.take()
		s.mu.Unlock()
		if !ok {
			select {
			case <-s.sub.wake:
				continue
			case <-keepalive:
				frame = s.w.Keepalive
			case <-s.ended:
				return
			}
		}
		if err := s.send(pace, frame); err != nil {
			s.broke(err)
			return
		}
		if ok {
			s.mu.Lock()
			s.sub.sent()
			s.mu.Unlock()
		}
	}
}

func (s *socket) send(pace *Budget, frame []byte) error {
	if err := pace.wait(s.ctx, 1); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(s.ctx, writeWithin, fmt.Errorf("exchange: frame not written within %v", writeWithin))
	defer cancel()
	return s.conn.Write(ctx, frame)
}

// broke ends the connection. Who reads may know better why, such as the
// exchange's own words, and is given a moment to say so.
func (s *socket) broke(err error) {
	t := time.NewTimer(time.Second)
	defer t.Stop()
	select {
	case <-s.ended:
	case <-t.C:
	}
	_ = s.end(err)
}
