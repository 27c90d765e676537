package flood

import (
	"crypto/sha1" //nolint:gosec // RFC 6455 asks for it
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is open until Close. Its methods may be called from any goroutine.
type Server struct {
	URL, RESTURL string // ws://127.0.0.1:…, http://127.0.0.1:…

	http   http.Server
	rest   http.Handler
	said   func(c *Conn, message []byte)
	opened chan *Conn
	wg     sync.WaitGroup
	mu     sync.Mutex
	conns  map[*Conn]bool // nil once it is closed
}

// NewServer starts a server. said is called with each message of a client, in the
// goroutine of its connection, and answers with Write or Play; nil answers nothing.
// rest serves what is no websocket; nil is nothing.
func NewServer(rest http.Handler, said func(c *Conn, message []byte)) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("flood: %w", err)
	}
	if rest == nil {
		rest = http.NotFoundHandler()
	}
	s := &Server{rest: rest, said: said, opened: make(chan *Conn, 16), conns: make(map[*Conn]bool)}
	s.URL, s.RESTURL = "ws://"+l.Addr().String(), "http://"+l.Addr().String()
	s.http = http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	s.wg.Go(func() { _ = s.http.Serve(l) })
	return s, nil
}

// Opened is told of each websocket that was opened, unless 16 wait to be taken.
func (s *Server) Opened() <-chan *Conn { return s.opened }

// Close ends the server and its connections.
func (s *Server) Close() {
	s.mu.Lock()
	for c := range s.conns {
		_ = c.conn.Close()
	}
	s.conns = nil
	s.mu.Unlock()
	_ = s.http.Close()
	s.wg.Wait()
}

// ServeHTTP serves a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Sec-WebSocket-Key")
	if key == "" {
		s.rest.ServeHTTP(w, r)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // as above
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	s.serve(&Conn{Path: r.URL.Path, said: s.said, conn: conn, in: buffered.Reader})
}

// serve serves a connection from now on.
func (s *Server) serve(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns == nil {
		_ = c.conn.Close()
		return
	}
	s.conns[c] = true
	s.wg.Go(func() {
		c.serve()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.conns, c)
	})
	select {
	case s.opened <- c:
	default:
	}
}
