package natskv

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/ticker"
)

var (
	// ErrForeign: what stands in the bucket was not written by a publisher.
	ErrForeign = errors.New("natskv: foreign data")
	// ErrVersion: it was written in a form that this version does not know.
	ErrVersion = errors.New("natskv: data of another version")
)

// parseRecord is the inverse of appendRecord. What it cannot read is ErrForeign or
// ErrVersion.
func parseRecord(data []byte) (record, error) {
	if len(data) < 2 || data[0] != recordMark {
		return record{}, fmt.Errorf("%w: no record: %.64q", ErrForeign, data)
	}
	if data[1] != recordVersion {
		return record{}, fmt.Errorf("%w: record of version %d, want %d", ErrVersion, data[1], recordVersion)
	}
	rd := reading{rest: data[2:]}
	r := rd.record()
	if rd.bad || len(rd.rest) > 0 {
		return record{}, fmt.Errorf("%w: broken record: %.64q", ErrForeign, data)
	}
	return r, nil
}

// reading takes a record apart. After something that cannot be read all is zero.
type reading struct {
	rest []byte
	bad  bool
}

func (r *reading) record() (rec record) {
	flags := r.byte()
	rec.removed, rec.known, rec.halted = flags&flagRemoved != 0, flags&flagKnown != 0, flags&flagHalted != 0
	rec.follows = ticker.Groups(flags >> shiftFollows)
	rec.epoch = r.uvarint()
	if flags&flagRefused != 0 {
		rec.refused = r.text()
	}
	if flags&flagLink != 0 {
		rec.link = r.positive()
	}
	for g := range groups {
		rec.clocks[g] = clock{asOf: never, received: never}
	}
	if rec.removed {
		r.fail(flags != flagRemoved)
		return rec
	}
	r.fail(rec.follows != 0 && rec.link == 0)
	for g := range groups {
		r.group(&rec.ticker, g, &rec.clocks[g])
	}
	return rec
}

func (r *reading) group(t *ticker.Ticker, g int, c *clock) {
	st, has := stamp(t, g), r.byte()
	st.Kind, st.Source = ticker.Kind(has&3), ticker.Source(has>>shiftSource&3)
	if st.Source == ticker.NoSource {
		r.fail(has>>shiftSource != 0)
		return
	}
	if has&hasTime != 0 {
		sec, nano := r.varint(), r.uvarint()
		at, ok := unixUTC(sec, nano)
		st.Time = at
		r.fail(!ok)
	}
	if has&hasReceived != 0 {
		c.received = r.tick()
	}
	if has&hasAsOf != 0 {
		c.asOf = r.tick()
	}
	if has&hasKey != 0 {
		key, epoch := r.uvarint(), r.uvarint()
		st.Key, st.Epoch = key, uint32(epoch)
		r.fail(epoch > math.MaxUint32 || key == 0 && epoch == 0)
	}
	for _, d := range values(t, g) {
		*d = r.decimal()
	}
}

func (r *reading) decimal() decimal.Decimal {
	head := r.byte()
	scale, coef := int(head&(decimalNegative-1)), uint64(0)
	if head&decimalNotZero != 0 {
		coef = r.positive()
	}
	d, ok := exact(coef, scale)
	if head&decimalNegative != 0 {
		d = d.Neg()
		ok = ok && coef != 0
	}
	r.fail(!ok || head > decimalNotZero|(decimalNotZero-1))
	return d
}

// exact returns the decimal of a coefficient and a scale, if there is one.
func exact(coef uint64, scale int) (decimal.Decimal, bool) {
	if coef <= math.MaxInt64 {
		d, err := decimal.New(int64(coef), scale)
		return d, err == nil
	}
	d, err := decimal.Parse(strconv.FormatUint(coef, 10) + "e-" + strconv.Itoa(scale))
	return d, err == nil && d.Coef() == coef && d.Scale() == scale
}

func (r *reading) fail(bad bool) {
	if bad {
		r.bad, r.rest = true, nil
	}
}

func (r *reading) byte() byte {
	if len(r.rest) == 0 {
		r.bad = true
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reading) text() string {
	n := r.positive()
	if n > uint64(len(r.rest)) {
		r.fail(true)
		return ""
	}
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	r.fail(!utf8.ValidString(s))
	return s
}

func (r *reading) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || n > 1 && r.rest[n-1] == 0 { // there is a shorter way to write it
		r.fail(true)
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reading) positive() uint64 {
	v := r.uvarint()
	r.fail(v == 0)
	return v
}

func (r *reading) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *reading) tick() tick {
	t := tick(r.varint())
	r.fail(t == never)
	return t
}

// epochOf returns the epoch of what stands under a key; 0: it is not ours to read.
func epochOf(key string, value []byte) uint64 {
	if key == statusKey {
		b, _ := parseBeat(value)
		return b.Epoch
	}
	r, _ := parseRecord(value)
	return r.epoch
}
