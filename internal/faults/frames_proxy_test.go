package faults_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// The opcodes of websocket frames that matter here.
const (
	opText = 0x1
	opPong = 0xA
)

// filter says what becomes of one frame that the exchange sends: it returns the
// payload to send on, nil for none. An error ends the connection, after half of
// the frame if it is errHalf.
type filter func(op byte, payload []byte) ([]byte, error)

var errHalf = errors.New("cut within the frame")

// downstream carries what the exchange sends: an HTTP answer as it is and, where
// that opens a websocket, frame by frame from then on.
func (ln *line) downstream() {
	r := bufio.NewReaderSize(ln.server, 64<<10)
	var head bytes.Buffer
	for !bytes.HasSuffix(head.Bytes(), []byte("\r\n\r\n")) {
		b, err := r.ReadByte()
		if err != nil {
			return
		}
		head.WriteByte(b)
	}
	upgraded := bytes.HasPrefix(head.Bytes(), []byte("HTTP/1.1 101"))
	if ln.send(head.Bytes()) != nil {
		return
	}
	if !upgraded {
		buf := make([]byte, 32<<10)
		for {
			n, err := r.Read(buf)
			if err != nil || ln.send(buf[:n]) != nil {
				return
			}
		}
	}
	for ln.frame(r) == nil {
	}
}

// frame carries one frame.
func (ln *line) frame(r io.Reader) error {
	var h [10]byte
	if _, err := io.ReadFull(r, h[:2]); err != nil {
		return err
	}
	n := uint64(h[1] & 0x7F)
	long := 0
	switch n {
	case 126:
		long = 2
	case 127:
		long = 8
	}
	if _, err := io.ReadFull(r, h[2:2+long]); err != nil {
		return err
	}
	switch long {
	case 2:
		n = uint64(binary.BigEndian.Uint16(h[2:]))
	case 8:
		n = binary.BigEndian.Uint64(h[2:])
	}
	payload := make([]byte, n)
	if _, err := io.ReadFull(r, payload); err != nil {
		return err
	}
	f := ln.state().filter
	if f == nil {
		return ln.send(append(h[:2+long:2+long], payload...))
	}
	out, err := f(h[0]&0xF, payload)
	switch {
	case errors.Is(err, errHalf):
		whole := writeFrame(h[0], payload)
		_ = ln.send(whole[:len(whole)/2])
		return err
	case err != nil || out == nil:
		return err
	}
	return ln.send(writeFrame(h[0], out))
}

// writeFrame writes an unmasked frame, as servers do.
func writeFrame(first byte, payload []byte) []byte {
	out := []byte{first}
	switch n := len(payload); {
	case n < 126:
		out = append(out, byte(n))
	case n < 1<<16:
		out = binary.BigEndian.AppendUint16(append(out, 126), uint16(n))
	default:
		out = binary.BigEndian.AppendUint64(append(out, 127), uint64(n))
	}
	return append(out, payload...)
}

// silent lets nothing through; pongs are let through if they are.
func silent(pongs bool) filter {
	return func(op byte, p []byte) ([]byte, error) {
		if pongs && op == opPong {
			return p, nil
		}
		return nil, nil
	}
}

// unless drops the messages that contain a text.
func unless(text string) filter {
	return func(_ byte, p []byte) ([]byte, error) {
		if bytes.Contains(p, []byte(text)) {
			return nil, nil
		}
		return p, nil
	}
}

// half cuts the connection within the next message.
func half(op byte, p []byte) ([]byte, error) {
	if op != opText {
		return p, nil
	}
	return nil, errHalf
}
