package flood

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"sync"
)

// Conn is the server's side of a websocket. Its methods may be called from any
// goroutine.
type Conn struct {
	Path string // that was asked for

	said func(c *Conn, message []byte)
	conn net.Conn
	in   *bufio.Reader
	mu   sync.Mutex // who holds it writes
}

// Write writes one message.
func (c *Conn) Write(message []byte) error {
	return c.write(appendFrame(nil, message))
}

// Play writes the next n messages of a tape.
func (c *Conn) Play(t *Tape, n int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return t.Play(c.conn, n)
}

func (c *Conn) write(frame []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.conn.Write(frame)
	return err
}

// The opcodes of frames.
const (
	opText  = 1
	opClose = 8
	opPing  = 9
	opPong  = 10
)

// serve reads what the client sends, to the end of the connection.
func (c *Conn) serve() {
	defer c.conn.Close()
	for {
		op, payload, err := c.read()
		switch {
		case err != nil, op == opClose:
			return
		case op == opPing:
			err = c.write(append([]byte{0x80 | opPong, byte(len(payload))}, payload...))
		case op == opText && c.said != nil:
			c.said(c, payload)
		}
		if err != nil {
			return
		}
	}
}

// read reads a frame, masked as a client's are. Messages in several are not for here.
func (c *Conn) read() (op byte, payload []byte, err error) {
	var head [8]byte
	if _, err = io.ReadFull(c.in, head[:2]); err != nil {
		return 0, nil, err
	}
	op = head[0] & 0xf
	n := uint64(head[1] & 0x7f)
	switch n {
	case 126:
		_, err = io.ReadFull(c.in, head[:2])
		n = uint64(binary.BigEndian.Uint16(head[:]))
	case 127:
		_, err = io.ReadFull(c.in, head[:8])
		n = binary.BigEndian.Uint64(head[:])
	}
	var mask [4]byte
	if err == nil {
		_, err = io.ReadFull(c.in, mask[:])
	}
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(c.in, payload)
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return op, payload, err
}
