package history

import (
	"encoding/binary"
	"errors"
	"strings"
	"time"
)

// A batch of the spool is a sequence of events. Each begins with its kind and the
// moment at which it was known, and can be read without any that came before.
type eventKind byte

const (
	eventStart  eventKind = iota + 1 // a session of the recorder begins
	eventTick                        // nothing but that it records
	eventChange                      // rows of one market
	eventLink                        // a link was seen first
	eventLife                        // how far a link was heard
	eventClosed                      // a link has closed
	eventGap                         // changes are missing
	eventOver                        // a gap is over
)

// event is any of them. The numbers of links and gaps are the recorder's own, and
// rise over all its sessions.
type event struct {
	kind eventKind
	at   int64 // microseconds since 2000, as all times here
	key  []byte
	link uint64
	rows [3]tail // by group

	number             uint64 // of a gap
	since, until, from int64  // until: 0 is not yet
	delays             [3]int64
	skipped            uint64
	reason, note       string
}

// tail is the last columns of a row of a group; nil: there is none.
type tail struct {
	columns []byte
	moves   bool // link_id is the event's link; else NULL
}

// marketKey is how an exchange's market is named in the spool. The separator is
// no character of either.
func marketKey(exchange, market string) string { return clean(exchange) + "\x00" + clean(market) }

func splitKey(key string) (exchange, market string) {
	exchange, market, _ = strings.Cut(key, "\x00")
	return exchange, market
}

// clean makes a text that a database takes.
func clean(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD")
}

// beginEvent appends the beginning of every event.
func beginEvent(b []byte, kind eventKind, at int64) []byte {
	return binary.AppendVarint(append(b, byte(kind)), at)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func (e *event) append(b []byte) []byte {
	b = beginEvent(b, e.kind, e.at)
	switch e.kind {
	case eventLink:
		b = appendText(binary.AppendUvarint(b, e.link), e.note)
		b = binary.AppendVarint(b, e.since)
		for _, d := range e.delays {
			b = binary.AppendVarint(b, d)
		}
	case eventLife:
		b = binary.AppendUvarint(b, e.link)
		b = binary.AppendVarint(b, e.since)
		b = binary.AppendVarint(b, e.from)
		b = binary.AppendVarint(b, e.until)
	case eventClosed:
		b = binary.AppendUvarint(b, e.link)
		b = binary.AppendVarint(b, e.until)
		b = appendText(b, e.note)
	case eventGap:
		b = binary.AppendUvarint(b, e.number)
		b = binary.AppendUvarint(b, e.link)
		b = appendText(b, string(e.key))
		b = binary.AppendVarint(b, e.since)
		b = binary.AppendVarint(b, e.until)
		b = binary.AppendUvarint(b, e.skipped)
		b = appendText(appendText(b, e.reason), e.note)
	case eventOver:
		b = binary.AppendUvarint(b, e.number)
		b = binary.AppendVarint(b, e.until)
	}
	return b
}

// appendChange appends an event of a market's rows: of each group of which there
// are columns, and whether its AsOf moves with the link.
func appendChange(b []byte, at int64, key string, link uint64, rows *[3]tail) []byte {
	b = appendText(beginEvent(b, eventChange, at), key)
	b = binary.AppendUvarint(b, link)
	for _, r := range rows {
		n := uint64(len(r.columns)) << 1
		if r.moves {
			n |= 1
		}
		b = append(binary.AppendUvarint(b, n), r.columns...)
	}
	return b
}

var errEvent = errors.New("not an event")

// parser reads the parts of an event; bad is set when one is not there.
type parser struct {
	b   []byte
	bad bool
}

func (p *parser) uint() uint64 {
	v, n := binary.Uvarint(p.b)
	p.skip(n)
	return v
}

func (p *parser) int() int64 {
	v, n := binary.Varint(p.b)
	p.skip(n)
	return v
}

func (p *parser) skip(n int) {
	if n <= 0 {
		p.bad, n = true, len(p.b)
	}
	p.b = p.b[n:]
}

func (p *parser) bytes(n uint64) []byte {
	if n > uint64(len(p.b)) {
		p.bad, n = true, uint64(len(p.b))
	}
	b := p.b[:n:n]
	p.b = p.b[n:]
	return b
}

func (p *parser) text() string { return string(p.bytes(p.uint())) }

// parse reads the first event of b, and returns what is behind it. The event's
// bytes are those of b.
func (e *event) parse(b []byte) ([]byte, error) {
	*e = event{}
	if len(b) == 0 {
		return nil, errEvent
	}
	e.kind = eventKind(b[0])
	p := parser{b: b[1:]}
	e.at = p.int()
	switch e.kind {
	case eventStart, eventTick:
	case eventChange:
		e.key = p.bytes(p.uint())
		e.link = p.uint()
		for g := range e.rows {
			n := p.uint()
			if cols := p.bytes(n >> 1); len(cols) > 0 {
				e.rows[g] = tail{cols, n&1 != 0}
			}
		}
	case eventLink:
		e.link, e.note, e.since = p.uint(), p.text(), p.int()
		for g := range e.delays {
			e.delays[g] = p.int()
		}
	case eventLife:
		e.link, e.since, e.from, e.until = p.uint(), p.int(), p.int(), p.int()
	case eventClosed:
		e.link, e.until, e.note = p.uint(), p.int(), p.text()
	case eventGap:
		e.number, e.link = p.uint(), p.uint()
		e.key = p.bytes(p.uint())
		e.since, e.until, e.skipped = p.int(), p.int(), p.uint()
		e.reason, e.note = p.text(), p.text()
	case eventOver:
		e.number, e.until = p.uint(), p.int()
	default:
		return nil, errEvent
	}
	if p.bad {
		return nil, errEvent
	}
	return p.b, nil
}

// fromMicros is the time of microseconds since 2000.
func fromMicros(us int64) time.Time { return time.UnixMicro(us + epoch2000).UTC() }
