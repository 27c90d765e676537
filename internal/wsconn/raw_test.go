package wsconn_test

import (
	"bufio"
	"net"
	"net/http"
)

// raws lets a test write to the connection below a websocket.
type raws struct {
	http.ResponseWriter
	conn *net.Conn
}

func (r raws) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, brw, err := r.ResponseWriter.(http.Hijacker).Hijack()
	*r.conn = c
	return c, brw, err
}
