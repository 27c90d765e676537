package natstest

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// startTime is how long a server may take until it takes connections.
const startTime = 20 * time.Second

// Server is a NATS server with JetStream in this process. Its methods are for one
// goroutine at a time, but for InProcessConn.
type Server struct {
	opts server.Options
	mu   sync.Mutex
	srv  *server.Server // nil: stopped
}

// Start starts a server that keeps its streams in dir; change, where it is not nil,
// changes the server's options first. Who starts it stops it.
func Start(dir string, change func(*server.Options)) (*Server, error) {
	s := &Server{opts: server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, JetStream: true, StoreDir: dir,
	}}
	if change != nil {
		change(&s.opts)
	}
	if err := s.Restart(); err != nil {
		return nil, err
	}
	if s.opts.DontListen {
		return s, nil
	}
	s.opts.Port = s.srv.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // it listens on TCP
	return s, nil
}

// Serve is [Start] for a test, which stops the server at its end.
func Serve(t testing.TB, change func(*server.Options)) *Server {
	t.Helper()
	s, err := Start(t.TempDir(), change)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// Addr is where the server listens, host and port.
func (s *Server) Addr() string { return fmt.Sprintf("%s:%d", s.opts.Host, s.opts.Port) }

// URL is what a client connects to.
func (s *Server) URL() string { return "nats://" + s.Addr() }

// Stop stops the server, and keeps what it has stored. A second Stop does nothing.
func (s *Server) Stop() {
	s.mu.Lock()
	srv := s.srv
	s.srv = nil
	s.mu.Unlock()
	if srv == nil {
		return
	}
	srv.Shutdown()
	srv.WaitForShutdown()
}

// Restart stops the server if it runs, and starts it at the same address with what
// it has stored.
func (s *Server) Restart() error {
	s.Stop()
	opts := s.opts.Clone()
	srv, err := server.NewServer(opts)
	if err != nil {
		return fmt.Errorf("natstest: %w", err)
	}
	srv.Start()
	s.mu.Lock()
	s.srv = srv
	s.mu.Unlock()
	if !srv.ReadyForConnections(startTime) {
		s.Stop()
		return errors.New("natstest: the server does not take connections")
	}
	return nil
}

// Conn connects a client that reconnects for ever, soon and quietly; the test closes
// it at its end.
func (s *Server) Conn(t testing.TB, opts ...nats.Option) *nats.Conn {
	t.Helper()
	return Connect(t, s.URL(), opts...)
}

// JetStream is [Server.Conn] for who needs no more than its JetStream.
func (s *Server) JetStream(t testing.TB, opts ...nats.Option) jetstream.JetStream {
	t.Helper()
	return JetStream(t, s.Conn(t, opts...))
}

// Connect connects a client to a server, a cluster (addresses with commas) or a
// proxy; the test closes it at its end.
func Connect(t testing.TB, url string, opts ...nats.Option) *nats.Conn {
	t.Helper()
	all := append([]nats.Option{
		nats.MaxReconnects(-1), nats.ReconnectWait(20 * time.Millisecond), nats.ReconnectJitter(10*time.Millisecond, 10*time.Millisecond),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	}, opts...)
	nc, err := nats.Connect(url, all...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// JetStream is the JetStream of a connection.
func JetStream(t testing.TB, nc *nats.Conn) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// Patience is how long a test waits for what must come, looking every [Pause]. It is
// no measure of anything.
const (
	Patience = 20 * time.Second
	Pause    = 5 * time.Millisecond
)
