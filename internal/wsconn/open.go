package wsconn

//lint:file-ignore SA1019 the package comment says why

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"

	"nhooyr.io/websocket"
)

// DialOptions are the choices of Dial.
type DialOptions struct {
	// Client makes the handshake. If nil, http.DefaultClient does.
	Client *http.Client
	// Header is sent with the handshake.
	Header http.Header
	// ReadLimit is the longest message that Read takes, in bytes. If zero,
	// DefaultReadLimit.
	ReadLimit int64
}

// HandshakeError says that the server answered, but not with a websocket.
type HandshakeError struct {
	Status int
	Header http.Header
	Body   []byte // the first 1024 bytes at most
	Err    error
}

func (e *HandshakeError) Error() string { return "wsconn: " + e.Err.Error() }

// Unwrap returns the reason.
func (e *HandshakeError) Unwrap() error { return e.Err }

// Dial connects to a ws, wss, http or https address. The context bounds the
// handshake only.
func Dial(ctx context.Context, url string, o DialOptions) (*Conn, error) {
	client := http.Client{}
	if o.Client != nil {
		client = *o.Client
	}
	t := &transport{base: client.Transport}
	if t.base == nil {
		t.base = http.DefaultTransport
	}
	client.Transport = t
	ws, resp, err := websocket.Dial(ctx, url, &websocket.DialOptions{
		HTTPClient:      &client,
		HTTPHeader:      o.Header,
		CompressionMode: websocket.CompressionDisabled,
	})
	switch {
	case err == nil:
		return newConn(ws, t.conn, o.ReadLimit), nil
	case resp == nil:
		return nil, fmt.Errorf("wsconn: %w", err)
	}
	e := &HandshakeError{Status: resp.StatusCode, Header: resp.Header, Err: err}
	if resp.Body != nil {
		e.Body, _ = io.ReadAll(io.LimitReader(resp.Body, 1024))
	}
	return nil, e
}

// Accept turns a request into a connection, from whatever origin it comes. On an
// error the answer has been written. If readLimit is zero, DefaultReadLimit.
func Accept(w http.ResponseWriter, r *http.Request, readLimit int64) (*Conn, error) {
	h := &hijacker{ResponseWriter: w}
	ws, err := websocket.Accept(h, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true,
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		return nil, fmt.Errorf("wsconn: %w", err)
	}
	return newConn(ws, h.conn, readLimit), nil
}

// transport keeps hold of the connection of a handshake, and of its endings.
type transport struct {
	base http.RoundTripper
	conn io.ReadWriteCloser
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if rwc, ok := resp.Body.(io.ReadWriteCloser); ok {
		t.conn = abrupt{rwc, bufio.NewReaderSize(rwc, readAhead)}
		resp.Body = t.conn
	}
	return resp, nil
}

// readAhead is how much is read off the socket at once, in bytes, where so much waits.
// nhooyr reads 4 kB, ten tickers or so.
const readAhead = 64 << 10

// abrupt reports an end of the stream as unexpected, which it always is on a
// websocket: nhooyr takes io.EOF within a message for the message's end.
type abrupt struct {
	io.ReadWriteCloser
	in *bufio.Reader
}

func (a abrupt) Read(p []byte) (int, error) {
	n, err := a.in.Read(p)
	return n, unexpected(err)
}

type hijacker struct {
	http.ResponseWriter
	conn net.Conn
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, brw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.conn = abruptConn{conn}
	return h.conn, brw, nil
}

type abruptConn struct{ net.Conn }

func (a abruptConn) Read(p []byte) (int, error) {
	n, err := a.Conn.Read(p)
	return n, unexpected(err)
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
