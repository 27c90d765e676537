package wsconn

import (
	"context"
	"sync/atomic"
)

// until closes a connection when the context that it is read under ends. It is set up
// once for all reads under that context. nhooyr itself hands the context of a read to a
// goroutine four times a message, which costs less for a context without an end.
type until struct {
	done    <-chan struct{} // of the context
	reading atomic.Bool
	stop    func() bool
}

// under begins a read under a context. One that has ended, or that ends before over is
// called, closes the connection; one that ends later does not.
func (c *Conn) under(ctx context.Context) *until {
	u := c.until.Load()
	if done := ctx.Done(); u == nil || u.done != done {
		if u != nil {
			u.stop()
		}
		u = &until{done: done}
		u.stop = context.AfterFunc(ctx, func() {
			if u.reading.Load() {
				_ = c.Close()
			}
		})
		c.until.Store(u)
	}
	u.reading.Store(true)
	if ctx.Err() != nil { // since before that was to be seen
		_ = c.Close()
	}
	return u
}

func (u *until) over() { u.reading.Store(false) }
