package history

import (
	"encoding/binary"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/ticker"
)

// Rows go to the database in the binary format of COPY: the number of columns, and
// then each column's length and bytes, or a length of -1 for NULL. The spool holds
// them in that format already, but for the four columns that only the database
// knows (ts, seq, series_id, link_id), which come first.

// columns are those that a row of every group has, in the order of COPY.
const columns = "ts, seq, series_id, link_id, as_of, time, received, key, epoch, source, kind, "

// group is one of a ticker's groups, as its table has it.
type group struct {
	table, values string // the columns of its values
	columns       int16  // in all
}

func groups() [3]group {
	return [3]group{
		{"trade", "price, size", 13},
		{"quote", "bid, bid_size, ask, ask_size", 15},
		{"stats", "open, high, low, volume", 15},
	}
}

// appendStamp appends the columns of a stamp.
func appendStamp(b []byte, s *ticker.Stamp, at time.Time) []byte {
	b = appendInt64(b, micros(s.AsOf))
	b = appendTime(b, s.Time)
	if received := s.Received; received.UnixMicro() == at.UnixMicro() {
		b = appendNull(b)
	} else {
		b = appendTime(b, received)
	}
	if s.Key == 0 {
		b = appendNull(b)
	} else {
		b = appendInt64(b, int64(s.Key)) //nolint:gosec // the bits are what counts
	}
	if s.Epoch == 0 {
		b = appendNull(b)
	} else {
		b = appendInt64(b, int64(s.Epoch))
	}
	b = appendInt16(b, int16(s.Source))
	return appendInt16(b, int16(s.Kind))
}

// appendGroup appends the columns of a group of a ticker. Of one that was removed
// there is no value, and source is 0.
func appendGroup(b []byte, t *ticker.Ticker, g int, at time.Time, removed bool) []byte {
	stamp, values, n := &t.Trade.Stamp, [4]decimal.Decimal{t.Trade.Price, t.Trade.Size}, 2
	switch g {
	case 1:
		stamp, values, n = &t.Quote.Stamp, [4]decimal.Decimal{t.Quote.Bid, t.Quote.BidSize, t.Quote.Ask, t.Quote.AskSize}, 4
	case 2:
		stamp, values, n = &t.Stats.Stamp, [4]decimal.Decimal{t.Stats.Open, t.Stats.High, t.Stats.Low, t.Stats.Volume}, 4
	}
	if removed {
		stamp, values = &ticker.Stamp{AsOf: stamp.AsOf, Kind: stamp.Kind}, [4]decimal.Decimal{}
	}
	b = appendStamp(b, stamp, at)
	for _, v := range values[:n] {
		b = appendNumeric(b, v)
	}
	return b
}

func appendNull(b []byte) []byte { return append(b, 0xff, 0xff, 0xff, 0xff) }

func appendInt16(b []byte, n int16) []byte {
	return append(b, 0, 0, 0, 2, byte(n>>8), byte(n))
}

func appendInt32(b []byte, n int32) []byte {
	return binary.BigEndian.AppendUint32(append(b, 0, 0, 0, 4), uint32(n)) //nolint:gosec // the bits are what counts
}

func appendInt64(b []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(append(b, 0, 0, 0, 8), uint64(n)) //nolint:gosec // the bits are what counts
}

// epoch2000 is where Postgres counts from, in microseconds since 1970.
const epoch2000 = 946_684_800_000_000

// micros is a time as Postgres counts: in microseconds since 2000. One that a
// database cannot hold is the year 1's beginning.
func micros(t time.Time) int64 {
	if y := t.Year(); y < 1 || y > 9999 {
		t = time.Time{}
	}
	return t.UnixMicro() - epoch2000
}

// appendTime appends a time; NULL for the zero time, and for one that a database
// cannot hold.
func appendTime(b []byte, t time.Time) []byte {
	if y := t.Year(); t.IsZero() || y < 1 || y > 9999 {
		return appendNull(b)
	}
	return appendInt64(b, micros(t))
}

// appendNumeric appends a decimal exactly; NULL for zero, which is "not reported".
// A numeric is sent as digits to the base of 10,000, aligned at the point: their
// number, the weight of the first, the sign, and how many decimals to show.
func appendNumeric(b []byte, d decimal.Decimal) []byte {
	if d.IsZero() {
		return appendNull(b)
	}
	scale := d.Scale()
	var pow uint64 = 1
	for range scale {
		pow *= 10
	}
	whole, rest := d.Coef()/pow, d.Coef()%pow
	var digits [10]uint16 // five before the point, five behind
	first, last := 5, 5
	for i := 4; whole > 0; i-- {
		digits[i], whole, first = uint16(whole%10_000), whole/10_000, i
	}
	for i, left := 5, scale; left > 0 && rest > 0; i++ {
		for range min(left, 4) {
			pow /= 10
		}
		digit := rest / pow
		rest %= pow
		for range 4 - min(left, 4) {
			digit *= 10
		}
		left -= min(left, 4)
		digits[i], last = uint16(digit), i+1
	}
	for first < last && digits[first] == 0 {
		first++
	}
	for last > first && digits[last-1] == 0 {
		last--
	}
	n := last - first
	b = binary.BigEndian.AppendUint32(b, uint32(8+2*n))
	b = binary.BigEndian.AppendUint16(b, uint16(n))
	b = binary.BigEndian.AppendUint16(b, uint16(int16(4-first)))
	if d.IsNeg() {
		b = append(b, 0x40, 0)
	} else {
		b = append(b, 0, 0)
	}
	b = binary.BigEndian.AppendUint16(b, uint16(scale))
	for _, digit := range digits[first:last] {
		b = binary.BigEndian.AppendUint16(b, digit)
	}
	return b
}
