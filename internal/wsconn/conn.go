package wsconn

//lint:file-ignore SA1019 the package comment says why

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"nhooyr.io/websocket"
)

// DefaultReadLimit is the longest message read where no limit is given, in bytes.
const DefaultReadLimit = 16 << 20

// ErrTooLong says that a message was longer than the connection's read limit.
// The connection ends.
var ErrTooLong = errors.New("wsconn: message longer than the read limit")

// CloseError says that the other side closed the connection with a close frame.
type CloseError struct {
	Code   int    // as in RFC 6455; 1005 where the frame held none
	Reason string // at most 123 bytes
}

func (e *CloseError) Error() string {
	return fmt.Sprintf("wsconn: closed by the other side: %d %q", e.Code, e.Reason)
}

// Conn is one open connection, of either side. One goroutine may be in Read;
// every other method may be called from several at once.
type Conn struct {
	ws    *websocket.Conn
	rwc   io.Closer
	limit int
	until atomic.Pointer[until] // of the last Read
	close sync.Once
}

func newConn(ws *websocket.Conn, rwc io.Closer, limit int64) *Conn {
	if limit <= 0 {
		limit = DefaultReadLimit
	}
	ws.SetReadLimit(-1) // Read counts for itself, for an error that can be told apart
	return &Conn{ws: ws, rwc: rwc, limit: int(limit)}
}

// Read reads one message, text or binary, and returns it in dst[:0], which grows
// as it must. Any error ends the connection: *CloseError where the other side
// closed it, ErrTooLong, the context's, or net.ErrClosed after Close.
func (c *Conn) Read(ctx context.Context, dst []byte) ([]byte, error) {
	defer c.under(ctx).over()
	_, r, err := c.ws.Reader(context.Background())
	dst = dst[:0]
	for err == nil && len(dst) <= c.limit {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		var n int
		n, err = r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
	}
	if len(dst) > c.limit {
		err = ErrTooLong
	}
	if err == io.EOF {
		return dst, nil
	}
	_ = c.Close()
	return dst[:0], c.wrap(ctx, "reading", err)
}

// Write writes one text message. An error ends the connection.
func (c *Conn) Write(ctx context.Context, p []byte) error {
	if err := c.ws.Write(ctx, websocket.MessageText, p); err != nil {
		_ = c.Close()
		return c.wrap(ctx, "writing", err)
	}
	return nil
}

// Ping sends a ping and waits for its pong, which needs somebody to be in Read.
// A context that ends while waiting leaves the connection open.
func (c *Conn) Ping(ctx context.Context) error {
	if err := c.ws.Ping(ctx); err != nil {
		return c.wrap(ctx, "pinging", err)
	}
	return nil
}

// Close ends the connection at once, without a closing handshake, and unblocks
// the other methods. It is idempotent and always returns nil.
func (c *Conn) Close() error {
	c.close.Do(func() {
		_ = c.rwc.Close() // first: CloseNow would wait for a CloseWith in progress
		_ = c.ws.CloseNow()
		if u := c.until.Load(); u != nil {
			u.stop()
		}
	})
	return nil
}

// CloseWith sends a close frame, waits for the other side's for up to five
// seconds while reading on its behalf, and ends the connection.
func (c *Conn) CloseWith(code int, reason string) error {
	err := c.ws.Close(websocket.StatusCode(code), reason)
	_ = c.Close()
	if err != nil {
		return fmt.Errorf("wsconn: closing: %w", err)
	}
	return nil
}

// wrap names what failed, once, and prefers the context's error to what it
// caused: nhooyr reports either, by chance.
func (c *Conn) wrap(ctx context.Context, doing string, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if err == ErrTooLong {
		return err
	}
	var ce websocket.CloseError
	if errors.As(err, &ce) {
		return &CloseError{Code: int(ce.Code), Reason: ce.Reason}
	}
	return fmt.Errorf("wsconn: %s: %w", doing, err)
}
