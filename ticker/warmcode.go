package ticker

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/govalues/decimal"
)

// A file of tickers is a line that names the form, the exchange, the number of
// markets, each market, and the SHA-256 of all that. A market is its name, the set
// of its groups, and of each group Time, AsOf and the values. Texts begin with
// their length; numbers are varints, decimals their text, times seconds and
// nanoseconds since 1970 in UTC.
const (
	fileForm = "tickersync book "
	fileLine = fileForm + "1\n"
)

// values are the values of a group.
func (t *Ticker) values(g int) []*decimal.Decimal {
	switch g {
	case 0:
		return []*decimal.Decimal{&t.Trade.Price, &t.Trade.Size}
	case 1:
		return []*decimal.Decimal{&t.Quote.Bid, &t.Quote.BidSize, &t.Quote.Ask, &t.Quote.AskSize}
	}
	return []*decimal.Decimal{&t.Stats.Open, &t.Stats.High, &t.Stats.Low, &t.Stats.Volume}
}

func appendFile(dst []byte, name string, ts []Ticker) []byte {
	from := len(dst)
	dst = append(dst, fileLine...)
	dst = appendText(dst, name)
	dst = binary.AppendUvarint(dst, uint64(len(ts)))
	for i := range ts {
		t := &ts[i]
		dst = appendText(dst, string(t.Market))
		var has Groups
		for g := range groups {
			if t.stamp(g).Source != NoSource {
				has |= 1 << g
			}
		}
		dst = append(dst, byte(has))
		for g := range groups {
			if !has.Has(1 << g) {
				continue
			}
			dst = appendTime(dst, t.stamp(g).Time)
			dst = appendTime(dst, t.stamp(g).AsOf)
			for _, d := range t.values(g) {
				dst = appendText(dst, d.String())
			}
		}
	}
	sum := sha256.Sum256(dst[from:])
	return append(dst, sum[:]...)
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendTime(dst []byte, t time.Time) []byte {
	dst = binary.AppendVarint(dst, t.Unix())
	return binary.AppendUvarint(dst, uint64(t.Nanosecond()))
}

// parseFile is the inverse of appendFile. Stamps have Time, AsOf and source Warm.
func parseFile(data []byte) (name string, ts []Ticker, err error) {
	line, _, whole := bytes.Cut(data, []byte("\n"))
	switch {
	case !whole || !bytes.HasPrefix(line, []byte(fileForm)):
		return "", nil, ErrDamaged
	case string(line)+"\n" != fileLine:
		return "", nil, ErrVersion
	}
	end := len(data) - sha256.Size
	if end < len(fileLine) || sha256.Sum256(data[:end]) != [sha256.Size]byte(data[end:]) {
		return "", nil, ErrDamaged
	}
	return parseBody(data[len(fileLine):end])
}

// parseBody reads what is between the first line and the checksum.
func parseBody(body []byte) (name string, ts []Ticker, err error) {
	r := reading{rest: body}
	name = r.text()
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		t := r.ticker()
		if len(ts) > 0 && t.Market <= ts[len(ts)-1].Market {
			r.bad = true // they are in order, each once
		}
		ts = append(ts, t)
	}
	if r.bad || len(r.rest) > 0 {
		return "", nil, ErrDamaged
	}
	return name, ts, nil
}

// reading takes a file apart. After something that cannot be read all is zero.
type reading struct {
	rest []byte
	bad  bool
}

func (r *reading) ticker() (t Ticker) {
	t.Market = Market(r.text())
	has := Groups(r.take(1)[0])
	r.bad = r.bad || has == 0 || !AllGroups.Has(has)
	for g := range groups {
		if !has.Has(1 << g) {
			continue
		}
		st := t.stamp(g)
		st.Time, st.AsOf, st.Source = r.time(), r.time(), Warm
		for _, d := range t.values(g) {
			r.decimal(d)
		}
	}
	return t
}

// take takes so many bytes, up to 1; without them it returns zeros.
func (r *reading) take(n uint64) []byte {
	if r.bad || n > uint64(len(r.rest)) {
		r.bad, r.rest = true, nil
		return []byte{0}
	}
	p := r.rest[:n]
	r.rest = r.rest[n:]
	return p
}

func (r *reading) text() string {
	p := r.take(r.uvarint())
	if r.bad {
		return ""
	}
	return string(p)
}

func (r *reading) decimal(d *decimal.Decimal) {
	if err := d.UnmarshalText([]byte(r.text())); err != nil {
		r.bad = true
	}
}

func (r *reading) time() time.Time {
	sec, n := binary.Varint(r.rest)
	r.take(uint64(max(n, 0)))
	nano := r.uvarint()
	if n <= 0 || nano >= 1e9 {
		r.bad = true
		return time.Time{}
	}
	return time.Unix(sec, int64(nano)).UTC()
}

func (r *reading) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.take(uint64(n))
	return v
}
