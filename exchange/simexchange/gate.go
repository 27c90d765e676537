package simexchange

import (
	"context"
	"net"
	"sync"
)

// gate is a network connection that can be made to stall: while it is shut,
// nothing goes in or out, and nobody is told.
type gate struct {
	net.Conn
	mu     sync.Mutex
	cond   sync.Cond
	shut   bool
	closed bool
}

func newGate(c net.Conn) *gate {
	g := &gate{Conn: c}
	g.cond.L = &g.mu
	return g
}

func (g *gate) Write(p []byte) (int, error) {
	g.pass()
	return g.Conn.Write(p)
}

func (g *gate) Read(p []byte) (int, error) {
	n, err := g.Conn.Read(p)
	g.pass()
	return n, err
}

// pass waits until the gate is open, or the connection closed.
func (g *gate) pass() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.shut && !g.closed {
		g.cond.Wait()
	}
}

func (g *gate) set(shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = shut
	g.cond.Broadcast()
}

func (g *gate) Close() error {
	g.mu.Lock()
	g.closed = true
	g.cond.Broadcast()
	g.mu.Unlock()
	return g.Conn.Close()
}

// gates is a listener whose connections are gates.
type gates struct{ net.Listener }

func (l gates) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return newGate(c), nil
}

type gateKey struct{}

// gateOf returns the connection on which a request came.
func gateOf(ctx context.Context) *gate { return ctx.Value(gateKey{}).(*gate) } //nolint:forcetypeassert // the server's ConnContext sets it

func withGate(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, gateKey{}, c)
}
