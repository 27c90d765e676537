package bench

//lint:file-ignore SA1019 nhooyr.io/websocket is what the library is measured against

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"nhooyr.io/websocket"

	"github.com/tickersync/tickersync/internal/flood"
)

// bareNhooyr reads messages with nhooyr.io/websocket into one buffer, until its context
// ends as ours does, and does nothing with them.
type bareNhooyr struct {
	conn *websocket.Conn
	ctx  context.Context
	buf  []byte
}

func dialNhooyr(ctx context.Context, s *flood.Server) (*bareNhooyr, error) {
	conn, _, err := websocket.Dial(ctx, s.URL, &websocket.DialOptions{CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	conn.SetReadLimit(-1)
	return &bareNhooyr{conn, ctx, make([]byte, 64<<10)}, nil
}

func (b *bareNhooyr) read() error {
	_, r, err := b.conn.Reader(b.ctx)
	for err == nil {
		_, err = r.Read(b.buf)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (b *bareNhooyr) close() { _ = b.conn.CloseNow() }

// floor is the least that is to be done for a message: it is read off the socket, 64 kB
// at a time, decoded, and put into a map, or rather an index and a slice, under a mutex.
type floor struct {
	conn   net.Conn
	in     *bufio.Reader
	decode func([]byte, *coinbase) error
	one    coinbase
	mu     sync.Mutex
	index  map[string]int
	held   []coinbase
}

func dialFloor(s *flood.Server) (*floor, error) {
	address := strings.TrimPrefix(s.URL, "ws://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	f := &floor{conn: conn, in: bufio.NewReaderSize(conn, 64<<10), decode: flatCoinbase(), index: make(map[string]int)}
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n", address)
	resp, err := http.ReadResponse(f.in, nil)
	if err == nil && resp.StatusCode != http.StatusSwitchingProtocols {
		err = errors.New(resp.Status)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("bench: %w", err)
	}
	return f, nil
}

func (f *floor) read() error {
	message, err := f.message()
	if err != nil {
		return err
	}
	if err := f.decode(message, &f.one); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	i, ok := f.index[f.one.Product]
	if !ok {
		i = len(f.held)
		f.index[f.one.Product] = i
		f.held = append(f.held, coinbase{})
	}
	f.held[i] = f.one
	return nil
}

// message returns the next message, which the one after overwrites.
func (f *floor) message() ([]byte, error) {
	const head = 4
	p, err := f.in.Peek(head)
	if err != nil {
		return nil, err
	}
	if p[1] != 126 {
		return nil, fmt.Errorf("bench: a frame of another kind: %x", p)
	}
	n := head + int(binary.BigEndian.Uint16(p[2:]))
	if p, err = f.in.Peek(n); err != nil {
		return nil, err
	}
	_, err = f.in.Discard(n)
	return p[head:], err
}

func (f *floor) close() { _ = f.conn.Close() }
