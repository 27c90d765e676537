package replay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"time"
)

// longest is the longest line that is read, in bytes.
const longest = 64 << 20

// Frame is one thing that happened on a recorded connection.
type Frame struct {
	Conn  string    // the connection; "" where the recording does not say
	Opens bool      // the connection begins here; Data is empty
	At    time.Time // when it was received; zero where the recording does not say
	Data  []byte    // the frame
}

// Frames reads the received frames of a recording, in their order, and where each
// connection begins. An error ends it: one of reading, or of a line that is no record.
func Frames(path string) iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			yield(Frame{}, fmt.Errorf("replay: %w", err))
			return
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, longest)
		for n := 1; lines.Scan(); n++ {
			line := bytes.TrimSpace(lines.Bytes())
			if len(line) == 0 {
				continue
			}
			frame, ok, err := read(line)
			if err != nil {
				yield(Frame{}, fmt.Errorf("replay: %s:%d: %w", path, n, err))
				return
			}
			if ok && !yield(frame, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil && !errors.Is(err, io.EOF) {
			yield(Frame{}, fmt.Errorf("replay: %s: %w", path, err))
		}
	}
}

// read reads a line; false if it is of no use to whoever replays.
func read(line []byte) (Frame, bool, error) {
	var r struct {
		T    string   `json:"t"`
		Conn *string  `json:"conn"`
		TS   *float64 `json:"ts"`
		Data string   `json:"data"`
		B64  []byte   `json:"b64"`
	}
	bad := json.Unmarshal(line, &r)
	if bad == nil && r.TS != nil {
		switch r.T {
		case Header, Open, Carry, Close, REST:
			return Frame{}, false, nil
		}
	}
	if bad != nil || r.Conn == nil || r.TS == nil {
		return Frame{Data: bytes.Clone(line)}, true, nil // a frame as it is
	}
	sec, frac := math.Modf(*r.TS)
	f := Frame{Conn: *r.Conn, At: time.Unix(int64(sec), int64(frac*1e9))}
	switch r.T {
	case Connect:
		f.Opens = true
		return f, true, nil
	case Recv:
		if f.Data = r.B64; f.Data == nil {
			f.Data = []byte(r.Data)
		}
		return f, true, nil
	case "send":
		return f, false, nil
	}
	return f, false, fmt.Errorf("a record of the unknown kind %q", r.T)
}
