package bench

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/tickersync/tickersync/exchange"
)

// DialGorilla opens a websocket with github.com/gorilla/websocket, for
// exchange.Options.Dial.
func DialGorilla(ctx context.Context, url string) (exchange.Conn, error) {
	d := websocket.Dialer{ReadBufferSize: 64 << 10}
	ws, resp, err := d.DialContext(ctx, url, nil)
	if err != nil {
		return nil, fmt.Errorf("dialling: %w", err)
	}
	_ = resp.Body.Close()
	ws.SetReadLimit(16 << 20)
	c := &gorillaConn{ws: ws, closed: make(chan struct{}), pongs: make(map[string]chan struct{})}
	ws.SetPongHandler(c.pong)
	return c, nil
}

type gorillaConn struct {
	ws     *websocket.Conn
	until  context.Context // of the reading
	close  sync.Once
	closed chan struct{}

	writing sync.Mutex
	mu      sync.Mutex
	pings   int
	pongs   map[string]chan struct{}
}

func (c *gorillaConn) Read(ctx context.Context, dst []byte) ([]byte, error) {
	if ctx != c.until {
		c.until = ctx
		context.AfterFunc(ctx, func() { _ = c.Close() })
	}
	_, r, err := c.ws.NextReader()
	for dst = dst[:0]; err == nil; {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		var n int
		n, err = r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
	}
	if err == io.EOF {
		return dst, nil
	}
	_ = c.Close()
	return dst[:0], err
}

func (c *gorillaConn) Write(ctx context.Context, p []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	return c.ws.WriteMessage(websocket.TextMessage, p)
}

func (c *gorillaConn) Ping(ctx context.Context) error {
	answered := make(chan struct{})
	c.mu.Lock()
	c.pings++
	id := strconv.Itoa(c.pings)
	c.pongs[id] = answered
	c.mu.Unlock()
	defer c.pong(id) // it is waited for no more
	if err := c.ws.WriteControl(websocket.PingMessage, []byte(id), time.Now().Add(10*time.Second)); err != nil {
		return err
	}
	select {
	case <-answered:
		return nil
	case <-c.closed:
		return io.ErrClosedPipe
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *gorillaConn) pong(id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if answered := c.pongs[id]; answered != nil {
		delete(c.pongs, id)
		close(answered)
	}
	return nil
}

func (c *gorillaConn) Close() error {
	c.close.Do(func() {
		close(c.closed)
		_ = c.ws.Close()
	})
	return nil
}
