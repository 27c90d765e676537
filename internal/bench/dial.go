package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/coder/websocket"

	"github.com/tickersync/tickersync/exchange"
)

// DialCoder opens a websocket with github.com/coder/websocket, for exchange.Options.Dial.
func DialCoder(ctx context.Context, url string) (exchange.Conn, error) {
	t := &http.Transport{Proxy: http.ProxyFromEnvironment, DialContext: dialAhead, DisableKeepAlives: true}
	ws, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPClient: &http.Client{Transport: t}})
	if err != nil {
		return nil, fmt.Errorf("dialling: %w", err)
	}
	ws.SetReadLimit(16 << 20)
	return &coderConn{Conn: ws}, nil
}

type coderConn struct {
	*websocket.Conn                 // with Ping
	until           context.Context // of the reading
}

// Read has the connection end with its context. That is set up once, not for each message.
func (c *coderConn) Read(ctx context.Context, dst []byte) ([]byte, error) {
	if ctx != c.until {
		c.until = ctx
		context.AfterFunc(ctx, func() { _ = c.CloseNow() })
	}
	_, r, err := c.Reader(context.Background())
	for dst = dst[:0]; err == nil; {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		var n int
		n, err = r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
	}
	if err == io.EOF { // the end of the message
		err = nil
	}
	return dst, err
}

func (c *coderConn) Write(ctx context.Context, p []byte) error {
	return c.Conn.Write(ctx, websocket.MessageText, p)
}

func (c *coderConn) Close() error {
	_ = c.CloseNow() // whose error says that it was closed before
	return nil
}

// dialAhead has more read off the socket at once than the 4 kB of the library.
func dialAhead(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	return &aheadConn{c, bufio.NewReaderSize(c, 64<<10)}, err
}

type aheadConn struct {
	net.Conn
	in *bufio.Reader
}

func (c *aheadConn) Read(p []byte) (int, error) { return c.in.Read(p) }
