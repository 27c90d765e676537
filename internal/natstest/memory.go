package natstest

import (
	"fmt"
	"net"
	"runtime"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats-server/v2/server/ats"
	"github.com/nats-io/nats.go"

	"github.com/tickersync/tickersync/internal/memnet"
)

// Bubble is synctest.Test for a test that has a server made with [InMemory] inside:
// a whole server, its storage and its clients live on the bubble's clock. No other
// test of the process may run meanwhile.
func Bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	defer Outside()()
	synctest.Test(t, f)
}

// Outside is what [Bubble] does before it opens one, for tests that something else
// puts into bubbles, as exchangetest.Simulate does; call what it returns at the end.
//
// The server's clock for the age of its caches is one goroutine for the process. It
// begins with the first store, and would begin, and stay, inside the bubble; the
// client keeps timers in a sync.Pool, and those of an earlier bubble cannot be used.
func Outside() (end func()) {
	forget()
	ats.Register()
	return func() {
		ats.Unregister()
		forget()
	}
}

// forget empties every sync.Pool: the second collection what the first kept for a while.
func forget() {
	runtime.GC()
	runtime.GC()
}

// InMemory makes a server that no network reaches: clients connect to it with
// [nats.InProcessServer], to the server itself or to a proxy that is [Between].
func InMemory(o *server.Options) { o.DontListen = true }

// InProcessConn connects to the server in memory. It may be called from any
// goroutine; while the server is stopped, it is refused.
func (s *Server) InProcessConn() (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.srv == nil {
		return nil, refused()
	}
	c, err := s.srv.InProcessConn()
	if err != nil {
		return nil, fmt.Errorf("natstest: %w", err)
	}
	return c, nil
}

// Between returns a proxy between a server that is [InMemory] and its clients, which
// the test closes at its end.
func Between(t testing.TB, s nats.InProcessConnProvider) *Proxy {
	t.Helper()
	p := &Proxy{dial: s.InProcessConn, up: true, lines: map[*line]bool{}, change: make(chan struct{})}
	t.Cleanup(func() { p.Down(); p.wg.Wait() })
	return p
}

// InProcessConn connects to the server behind a proxy in memory, and is refused
// while the proxy is down.
func (p *Proxy) InProcessConn() (net.Conn, error) {
	p.mu.Lock()
	up := p.up
	p.mu.Unlock()
	if !up {
		return nil, refused()
	}
	ours, theirs := memnet.Pipe()
	p.wg.Go(func() { p.serve(theirs) })
	return ours, nil
}

func refused() error { return &net.OpError{Op: "dial", Net: "mem", Err: syscall.ECONNREFUSED} }
