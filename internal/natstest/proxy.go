package natstest

import (
	"net"
	"sync"
	"testing"
	"time"
)

// Proxy stands between clients and a server, on a port of its own, and does to
// their connections what networks do. Its methods may be called from any goroutine.
type Proxy struct {
	dial func() (net.Conn, error) // the server
	addr string                   // "": in memory, see Between
	wg   sync.WaitGroup

	mu     sync.Mutex
	up     bool
	l      net.Listener // nil: down, or in memory
	lines  map[*line]bool
	muted  bool
	stall  bool
	delay  time.Duration
	change chan struct{} // closed when one of the above changes
}

// line is one connection through the proxy.
type line struct {
	client, server net.Conn
	done           chan struct{}
	once           sync.Once
}

// piece is what was read at once, and when it is due at the other side.
type piece struct {
	b   []byte
	due time.Time
}

// NewProxy returns a proxy to an address; the test closes it at its end.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	p := &Proxy{addr: "127.0.0.1:0", lines: map[*line]bool{}, change: make(chan struct{})}
	p.dial = func() (net.Conn, error) { return net.DialTimeout("tcp", target, time.Second) }
	if err := p.Up(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Down(); p.wg.Wait() })
	return p
}

// URL is what a client connects to.
func (p *Proxy) URL() string { return "nats://" + p.addr }

// Up takes connections, again at the same address after Down.
func (p *Proxy) Up() error {
	if p.addr == "" {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.up = true
		return nil
	}
	l, err := net.Listen("tcp", p.addr)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.up, p.l, p.addr = true, l, l.Addr().String()
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
	return nil
}

// Down refuses connections, and cuts those that are open.
func (p *Proxy) Down() {
	p.mu.Lock()
	l := p.l
	p.up, p.l = false, nil
	p.mu.Unlock()
	if l != nil {
		_ = l.Close()
	}
	p.Cut()
}

// Cut ends every open connection. Clients may come back at once.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for ln := range p.lines {
		ln.close()
	}
}

// Mute holds back all that is sent in either direction, until it is not muted any
// more: then it comes late, and nothing is lost.
func (p *Proxy) Mute(muted bool) { p.set(func() { p.muted = muted }) }

// Stall reads nothing of what is sent in either direction, so that who sends has to
// wait, until it does again.
func (p *Proxy) Stall(stall bool) { p.set(func() { p.stall = stall }) }

// Delay has whatever is sent come that much later, in either direction.
func (p *Proxy) Delay(d time.Duration) { p.set(func() { p.delay = d }) }

func (p *Proxy) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	close(p.change)
	p.change = make(chan struct{})
}

func (p *Proxy) serve(c net.Conn) {
	s, err := p.dial()
	if err != nil {
		_ = c.Close()
		return
	}
	ln := &line{client: c, server: s, done: make(chan struct{})}
	p.mu.Lock()
	p.lines[ln] = true
	if !p.up {
		ln.close() // it went down meanwhile
	}
	p.mu.Unlock()
	var wg sync.WaitGroup
	for _, way := range [][2]net.Conn{{c, s}, {s, c}} {
		pieces := make(chan piece, 1<<16)
		wg.Go(func() { defer close(pieces); p.take(ln, way[0], pieces) })
		wg.Go(func() { defer ln.close(); p.give(ln, way[1], pieces) })
	}
	wg.Wait()
	p.mu.Lock()
	delete(p.lines, ln)
	p.mu.Unlock()
}

func (p *Proxy) take(ln *line, from net.Conn, pieces chan<- piece) {
	buf := make([]byte, 64<<10)
	for p.flows(ln) {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		due := time.Now().Add(p.delay)
		p.mu.Unlock()
		pieces <- piece{append([]byte(nil), buf[:n]...), due}
	}
}

// flows waits until what is sent may be read; false: its connection has ended.
func (p *Proxy) flows(ln *line) bool {
	for {
		p.mu.Lock()
		stall, change := p.stall, p.change
		p.mu.Unlock()
		if !stall {
			return true
		}
		select {
		case <-ln.done:
			return false
		case <-change:
		}
	}
}

func (p *Proxy) give(ln *line, to net.Conn, pieces <-chan piece) {
	lost := false // what comes then is only taken, so that nobody waits to send it
	for piece := range pieces {
		if lost = lost || !p.due(ln, piece.due); lost {
			continue
		}
		if _, err := to.Write(piece.b); err != nil {
			lost = true
			ln.close()
		}
	}
}

// due waits until a piece may pass; false: its connection has ended.
func (p *Proxy) due(ln *line, due time.Time) bool {
	for {
		p.mu.Lock()
		muted, change := p.muted, p.change
		p.mu.Unlock()
		wait := time.Until(due)
		if !muted && wait <= 0 {
			return true
		}
		timer := time.NewTimer(max(wait, time.Microsecond))
		passed := timer.C
		if muted {
			passed = nil
		}
		select {
		case <-ln.done:
			timer.Stop()
			return false
		case <-change:
		case <-passed:
		}
		timer.Stop()
	}
}

func (ln *line) close() {
	ln.once.Do(func() {
		close(ln.done)
		_ = ln.client.Close()
		_ = ln.server.Close()
	})
}
