package flood

import (
	"bytes"
	"encoding/binary"
	"io"
	"strconv"
	"time"
)

// Tape is a loop of messages as websocket frames. It is for one goroutine.
type Tape struct {
	bytes  []byte
	frames []frame
	next   int
	id     uint64
	now    []byte // room for the time
}

// frame is where a frame ends, and its messages have ids and times.
type frame struct {
	end   int
	marks []mark
}

type mark struct {
	at, size int
	time     bool
}

const (
	millis  = len("1764000000000")
	layout  = "2006-01-02T15:04:05.000000Z"
	firstID = 1_000_000_000
)

// NewTape returns a tape of the messages. A run of # in them is an id, which rises by
// one from one to the next and is written with as many digits: take ten at least. A run
// of 13 @ is the time in milliseconds since 1970, one of 27 in RFC 3339 with six decimals.
func NewTape(messages ...[]byte) *Tape {
	t := &Tape{id: firstID}
	for _, m := range messages {
		t.bytes = appendFrame(t.bytes, m)
		f := frame{end: len(t.bytes)}
		for at := f.end - len(m); at < f.end; {
			size := 1
			if c := t.bytes[at]; c == '#' || c == '@' {
				size = f.end - at - len(bytes.TrimLeft(t.bytes[at:], string(c)))
				f.marks = append(f.marks, mark{at, size, c == '@'})
			}
			at += size
		}
		t.frames = append(t.frames, f)
	}
	return t
}

// ID returns the last id that was written.
func (t *Tape) ID() uint64 { return t.id }

// Play writes the next n messages, all that the tape still has in one write. Their time
// is that of the write.
func (t *Tape) Play(w io.Writer, n int) error {
	for n > 0 {
		fs, start := t.frames[t.next:], 0
		fs = fs[:min(n, len(fs))]
		if t.next > 0 {
			start = t.frames[t.next-1].end
		}
		t.stamp(fs)
		n -= len(fs)
		t.next = (t.next + len(fs)) % len(t.frames)
		if _, err := w.Write(t.bytes[start:fs[len(fs)-1].end]); err != nil {
			return err
		}
	}
	return nil
}

// stamp writes ids and times into frames.
func (t *Tape) stamp(fs []frame) {
	now := time.Now().UTC()
	t.now = now.AppendFormat(t.now[:0], layout)
	t.now = strconv.AppendInt(t.now, now.UnixMilli(), 10)
	text, ms := t.now[:len(layout)], t.now[len(layout):]
	for i := range fs {
		for _, m := range fs[i].marks {
			into := t.bytes[m.at : m.at+m.size]
			switch {
			case !m.time:
				t.id++
				decimal(into, t.id)
			case m.size == millis:
				copy(into, ms)
			default:
				copy(into, text)
			}
		}
	}
}

func decimal(into []byte, n uint64) {
	for i := len(into) - 1; i >= 0; i-- {
		into[i] = byte('0' + n%10)
		n /= 10
	}
}

// appendFrame appends a message in one unmasked text frame.
func appendFrame(dst, message []byte) []byte {
	const final, text = 0x80, 1
	switch n := len(message); {
	case n < 126:
		dst = append(dst, final|text, byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, final|text, 126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, final|text, 127), uint64(n))
	}
	return append(dst, message...)
}
