package exchangetest

import (
	"context"
	"sync"

	"github.com/tickersync/tickersync/exchange"
)

// tap sits on the adapter's connections, and can have what the exchange tells
// overtake what it acknowledges.
type tap struct {
	dial func(ctx context.Context, url string) (exchange.Conn, error)
	mu   sync.Mutex
	hold bool // frames that come after the adapter has written are kept
}

func (t *tap) connect(ctx context.Context, url string) (exchange.Conn, error) {
	c, err := t.dial(ctx, url)
	if err != nil {
		return nil, err
	}
	return &tapped{Conn: c, tap: t}, nil
}

// holding has the tap keep frames; false lets the next one through, and those
// that were kept behind it.
func (t *tap) holding(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hold = on
}

type tapped struct {
	exchange.Conn
	tap   *tap
	mu    sync.Mutex
	wrote bool
	kept  [][]byte
}

func (p *tapped) Write(ctx context.Context, b []byte) error {
	p.mu.Lock()
	p.wrote = true
	p.mu.Unlock()
	return p.Conn.Write(ctx, b)
}

func (p *tapped) Read(ctx context.Context, dst []byte) ([]byte, error) {
	for {
		p.tap.mu.Lock()
		p.mu.Lock()
		hold := p.tap.hold && p.wrote
		behind := len(p.kept) > 0 && !hold && p.kept[0] == nil
		if behind {
			p.kept = p.kept[1:]
		}
		if behind && len(p.kept) > 0 {
			dst = append(dst[:0], p.kept[0]...)
			p.kept[0] = nil
			p.mu.Unlock()
			p.tap.mu.Unlock()
			return dst, nil
		}
		p.mu.Unlock()
		p.tap.mu.Unlock()
		f, err := p.Conn.Read(ctx, dst)
		if err != nil {
			return f, err
		}
		if !p.keep(f) {
			return f, nil
		}
	}
}

// keep keeps a frame while the tap is holding. The first that comes when it no
// longer is goes before those that were kept.
func (p *tapped) keep(f []byte) bool {
	p.tap.mu.Lock()
	defer p.tap.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tap.hold && p.wrote {
		p.kept = append(p.kept, append([]byte(nil), f...))
		return true
	}
	if len(p.kept) > 0 {
		p.kept = append([][]byte{nil}, p.kept...)
	}
	return false
}
