package simexchange

import (
	"context"
	"slices"
	"time"
)

// frame is one thing on its way to the client: a frame, or the end.
type frame struct {
	due    time.Time
	data   []byte
	told   bool // of the stream: these may overtake each other, if Shuffle says so
	code   int  // not zero: a close frame
	reason string
}

// push puts a frame on its way.
func (c *Conn) push(f frame) {
	if c.closed {
		return
	}
	now := time.Now()
	f.due = now.Add(draw(c.rng, c.s.lag()))
	if c.s.shuffle == 0 || !f.told {
		// It overtakes nothing.
		f.due = later(f.due, c.latest)
		c.ordered = f.due
	} else {
		f.due = later(f.due.Add(draw(c.rng, UpTo(c.s.shuffle))), c.ordered)
	}
	c.latest = later(c.latest, f.due)
	c.enqueue(f)
	if f.told && c.s.repeat.take("") {
		c.enqueue(f)
	}
	if f.told && c.rng.Float64() < c.s.echo {
		f.due = f.due.Add(draw(c.rng, UpTo(c.s.echoWithin)))
		c.enqueue(f)
	}
}

func (c *Conn) enqueue(f frame) {
	i, _ := slices.BinarySearchFunc(c.queue, f, func(a, b frame) int {
		if a.due.After(b.due) {
			return 1
		}
		return -1 // behind those of the same time
	})
	c.queue = slices.Insert(c.queue, i, f)
	signal(c.wake)
}

// write delivers the queue until the connection ends.
func (c *Conn) write() {
	defer c.s.wg.Done()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		f, wait, ok := c.next()
		if !ok {
			return
		}
		if wait > 0 {
			timer.Reset(wait)
			select {
			case <-c.wake:
			case <-timer.C:
			}
			continue
		}
		if f.code != 0 {
			_ = c.ws.CloseWith(f.code, f.reason)
			return
		}
		if c.ws.Write(context.Background(), f.data) != nil {
			return
		}
	}
}

// next takes the next frame, or says how long it takes; false at the end.
func (c *Conn) next() (frame, time.Duration, bool) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	switch {
	case c.closed:
		return frame{}, 0, false
	case c.mute || len(c.queue) == 0:
		return frame{}, time.Hour, true
	}
	f := c.queue[0]
	if wait := time.Until(f.due); wait > 0 {
		return frame{}, wait, true
	}
	c.queue = slices.Delete(c.queue, 0, 1)
	c.sent = time.Now()
	c.s.counts.Frames++
	return f, 0, true
}

// read gives what the client sends to the session until the connection ends.
func (c *Conn) read(ctx context.Context) {
	var buf []byte
	for {
		var err error
		if buf, err = c.ws.Read(ctx, buf); err != nil {
			return
		}
		c.s.mu.Lock()
		c.s.counts.Received++
		switch {
		case c.closed:
		case c.mute:
			c.inbox = append(c.inbox, slices.Clone(buf))
		default:
			c.session.Receive(c, buf)
		}
		c.s.mu.Unlock()
	}
}

// drop ends the connection; what is on its way is lost.
func (c *Conn) drop() {
	if c.closed {
		return
	}
	c.closed = true
	c.queue, c.pending = nil, nil
	c.s.conns = slices.DeleteFunc(c.s.conns, func(o *Conn) bool { return o == c })
	_ = c.gate.Close()
	signal(c.wake)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
