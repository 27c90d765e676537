package memnet

import (
	"bytes"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// size is how much may wait for the reader of one direction, in bytes.
const size = 1 << 20

// Pipe returns the two ends of a connection. Each has deadlines. Closing one end
// unblocks both: the other reads what was written before, and then io.EOF.
func Pipe() (net.Conn, net.Conn) {
	a, b := newHalf(), newHalf()
	return &conn{in: a, out: b}, &conn{in: b, out: a}
}

type conn struct{ in, out *half }

func (c *conn) Read(p []byte) (int, error)  { return c.in.read(p) }
func (c *conn) Write(p []byte) (int, error) { return c.out.write(p) }
func (c *conn) LocalAddr() net.Addr         { return addr{} }
func (c *conn) RemoteAddr() net.Addr        { return addr{} }

func (c *conn) SetReadDeadline(t time.Time) error  { return c.in.set(&c.in.reading, t) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.out.set(&c.out.writing, t) }

func (c *conn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

func (c *conn) Close() error {
	c.in.close(&c.in.reading)
	c.out.close(&c.out.writing)
	return nil
}

// half is one direction of a connection.
type half struct {
	mu               sync.Mutex
	cond             sync.Cond
	buf              bytes.Buffer
	reading, writing side
}

// side is one end of a half.
type side struct {
	closed, late bool
	timer        *time.Timer
}

func newHalf() *half {
	h := &half{}
	h.cond.L = &h.mu
	return h
}

func (h *half) read(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case h.reading.closed:
			return 0, failed("read", net.ErrClosed)
		case h.reading.late:
			return 0, failed("read", os.ErrDeadlineExceeded)
		case len(p) == 0:
			return 0, nil
		case h.buf.Len() > 0:
			n, _ := h.buf.Read(p)
			if h.buf.Len() == 0 && h.buf.Cap() > 1<<16 {
				h.buf = bytes.Buffer{} // a long write is no reason to hold its room for ever
			}
			h.cond.Broadcast()
			return n, nil
		case h.writing.closed:
			return 0, io.EOF
		}
		h.cond.Wait()
	}
}

func (h *half) write(p []byte) (n int, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case h.writing.closed:
			return n, failed("write", net.ErrClosed)
		case h.writing.late:
			return n, failed("write", os.ErrDeadlineExceeded)
		case h.reading.closed:
			return n, failed("write", syscall.EPIPE)
		case len(p) == 0:
			return n, nil
		}
		k := min(len(p), size-h.buf.Len())
		if k == 0 {
			h.cond.Wait()
			continue
		}
		h.buf.Write(p[:k])
		n, p = n+k, p[k:]
		h.cond.Broadcast()
	}
}

func failed(op string, err error) error {
	return &net.OpError{Op: op, Net: "mem", Addr: addr{}, Err: err}
}

func (h *half) set(s *side, t time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.closed {
		return failed("set deadline", net.ErrClosed)
	}
	if s.timer != nil {
		s.timer.Stop()
	}
	wait := time.Until(t)
	s.late = !t.IsZero() && wait <= 0
	s.timer = nil
	if !t.IsZero() && wait > 0 {
		var timer *time.Timer
		timer = time.AfterFunc(wait, func() {
			h.mu.Lock()
			defer h.mu.Unlock()
			if s.timer == timer { // else it was set anew meanwhile
				s.late = true
				h.cond.Broadcast()
			}
		})
		s.timer = timer
	}
	h.cond.Broadcast()
	return nil
}

func (h *half) close(s *side) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.closed = true
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	h.cond.Broadcast()
}
