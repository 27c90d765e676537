package memnet

import (
	"context"
	"net"
	"net/http"
	"sync"
	"syscall"
)

// Listener is a net.Listener and the way to reach it. Make one with Listen. Its
// methods may be called from several goroutines at once.
type Listener struct {
	mu      sync.Mutex
	cond    sync.Cond
	waiting []net.Conn // dialled, not yet accepted
	closed  bool
}

// Listen returns a listener that takes connections from its own DialContext.
func Listen() *Listener {
	l := &Listener{}
	l.cond.L = &l.mu
	return l
}

// Accept waits for the next connection; net.ErrClosed after Close.
func (l *Listener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) == 0 && !l.closed {
		l.cond.Wait()
	}
	if l.closed {
		return nil, &net.OpError{Op: "accept", Net: "mem", Addr: addr{}, Err: net.ErrClosed}
	}
	c := l.waiting[0]
	l.waiting = l.waiting[1:]
	return c, nil
}

// DialContext connects to the listener, whatever the address, without waiting
// for Accept. It fails as a refused connection does once the listener is closed.
func (l *Listener) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: addr{}, Err: err}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: addr{}, Err: syscall.ECONNREFUSED}
	}
	ours, theirs := Pipe()
	l.waiting = append(l.waiting, theirs)
	l.cond.Signal()
	return ours, nil
}

// Client returns a client whose every request goes to the listener, whatever
// host it names. Call its CloseIdleConnections when done.
func (l *Listener) Client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: l.DialContext}}
}

// Close ends Accept and the connections nobody has accepted; the accepted ones
// stay. It is idempotent.
func (l *Listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, c := range l.waiting {
		_ = c.Close()
	}
	l.waiting = nil
	l.cond.Broadcast()
	return nil
}

// Addr returns an address that says "memory".
func (l *Listener) Addr() net.Addr { return addr{} }

type addr struct{}

func (addr) Network() string { return "mem" }
func (addr) String() string  { return "memory" }
