package faults_test

import (
	"crypto/tls"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// proxy stands between the library and the exchange, on a port of its own, and
// does to connections what networks do.
type proxy struct {
	target string
	tls    *tls.Config // nil: as it comes
	wg     sync.WaitGroup

	mu     sync.Mutex
	addr   string
	l      net.Listener
	lines  map[*line]bool
	filter filter // of later lines too; nil: every frame passes
	opened []time.Time
}

// line is one connection through the proxy.
type line struct {
	client, server net.Conn
	mu             sync.Mutex
	vanish         bool
	drip           bool
	filter         filter
	closed         chan struct{}
	once           sync.Once
}

func newProxy(t *testing.T, target string, config *tls.Config) *proxy {
	t.Helper()
	p := &proxy{target: target, tls: config, addr: "127.0.0.1:0", lines: map[*line]bool{}}
	p.up(t)
	return p
}

// up listens, again at the same port after down.
func (p *proxy) up(t *testing.T) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", p.addr)
	require.NoError(t, err)
	p.mu.Lock()
	p.l, p.addr = l, l.Addr().String()
	p.mu.Unlock()
	p.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.wg.Go(func() { p.serve(c) })
		}
	})
}

func (p *proxy) serve(c net.Conn) {
	s, err := net.DialTimeout("tcp", p.target, time.Second)
	if err != nil {
		_ = c.Close()
		return
	}
	p.mu.Lock()
	ln := &line{client: c, server: s, filter: p.filter, closed: make(chan struct{})}
	p.lines[ln] = true
	p.opened = append(p.opened, time.Now())
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.lines, ln)
		p.mu.Unlock()
	}()
	if p.tls != nil {
		ln.client = tls.Server(c, p.tls)
	}
	var wg sync.WaitGroup
	wg.Go(func() { defer ln.close(); ln.upstream() })
	wg.Go(func() { defer ln.close(); ln.downstream() })
	wg.Wait()
}

// upstream carries what the client sends; what vanishes is read all the same, as
// a network takes it.
func (ln *line) upstream() {
	buf := make([]byte, 32<<10)
	for {
		n, err := ln.client.Read(buf)
		if err != nil {
			return
		}
		if ln.state().vanish {
			continue
		}
		if _, err := ln.server.Write(buf[:n]); err != nil {
			return
		}
	}
}

// send carries what the exchange sends to the client: at once, a byte a second,
// or nowhere.
func (ln *line) send(b []byte) error {
	for len(b) > 0 {
		n := len(b)
		switch st := ln.state(); {
		case st.vanish:
			return nil
		case st.drip:
			n = 1
			select {
			case <-ln.closed:
				return io.ErrClosedPipe
			case <-time.After(time.Second):
			}
		}
		if _, err := ln.client.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

type lineState struct {
	vanish, drip bool
	filter       filter
}

func (ln *line) state() lineState {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	return lineState{ln.vanish, ln.drip, ln.filter}
}

func (ln *line) close() {
	ln.once.Do(func() {
		close(ln.closed)
		_ = ln.client.Close()
		_ = ln.server.Close()
	})
}

// each does something to every line that is open.
func (p *proxy) each(f func(*line)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for ln := range p.lines {
		ln.mu.Lock()
		f(ln)
		ln.mu.Unlock()
	}
}

// reset ends every connection with a TCP reset.
func (p *proxy) reset() {
	p.each(func(ln *line) {
		c := ln.client
		if t, ok := c.(*tls.Conn); ok {
			c = t.NetConn()
		}
		_ = c.(*net.TCPConn).SetLinger(0) //nolint:forcetypeassert // it listens on TCP
		_ = c.Close()
	})
}

// fin ends what the exchange sends on every connection, as a server does that goes
// without a word.
func (p *proxy) fin() {
	p.each(func(ln *line) {
		_ = ln.client.(*net.TCPConn).CloseWrite() //nolint:forcetypeassert // it listens on TCP
	})
}

// vanish has packets of the open connections vanish, in both directions.
func (p *proxy) vanish() { p.each(func(ln *line) { ln.vanish = true }) }

// drip lets a byte a second through on the open connections.
func (p *proxy) drip() { p.each(func(ln *line) { ln.drip = true }) }

// filterOpen filters the frames of the open connections, filterAll those of later
// ones, too.
func (p *proxy) filterOpen(f filter) { p.each(func(ln *line) { ln.filter = f }) }

func (p *proxy) filterAll(f filter) {
	p.mu.Lock()
	p.filter = f
	p.mu.Unlock()
	p.filterOpen(f)
}

// down refuses connections, and resets those that are open.
func (p *proxy) down() {
	p.mu.Lock()
	_ = p.l.Close()
	p.mu.Unlock()
	p.reset()
}

func (p *proxy) close() {
	p.mu.Lock()
	_ = p.l.Close()
	for ln := range p.lines {
		ln.close()
	}
	p.mu.Unlock()
	p.wg.Wait()
}
