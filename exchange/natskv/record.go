package natskv

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/ticker"
)

// tick is a moment on a publisher's monotonic clock: nanoseconds since its tenure
// began, negative for what was before. A wall clock's time would be wrong by as
// much as two machines' clocks differ.
type tick int64

// never is the tick of a time that is not known.
const never tick = math.MinInt64

// record is what a bucket holds of one market: what Follow tells of it. The key
// names the market.
type record struct {
	epoch   uint64        // of the publisher that wrote it
	removed bool          // the exchange no longer lists it; nothing else is set
	known   bool          // the publisher's Book knows it
	halted  bool          // listed but not trading
	refused string        // why it will not be known; "": it is not refused
	link    uint64        // the link that the groups in follows follow; 0: none
	follows ticker.Groups // those whose AsOf moves with the link's word
	ticker  ticker.Ticker // without Market; of the stamps without AsOf and Received
	clocks  [groups]clock // their place
}

// clock is when a group was received, and up to when it is known to be the newest.
type clock struct{ asOf, received tick }

const groups = 3 // trade, quote, stats

func stamp(t *ticker.Ticker, g int) *ticker.Stamp {
	switch g {
	case 0:
		return &t.Trade.Stamp
	case 1:
		return &t.Quote.Stamp
	}
	return &t.Stats.Stamp
}

// values are the values of a group.
func values(t *ticker.Ticker, g int) []*decimal.Decimal {
	switch g {
	case 0:
		return []*decimal.Decimal{&t.Trade.Price, &t.Trade.Size}
	case 1:
		return []*decimal.Decimal{&t.Quote.Bid, &t.Quote.BidSize, &t.Quote.Ask, &t.Quote.AskSize}
	}
	return []*decimal.Decimal{&t.Stats.Open, &t.Stats.High, &t.Stats.Low, &t.Stats.Volume}
}

// A record begins with the two bytes of its form and a byte of flags. The epoch
// follows, the reason of a refusal, the link; then, unless the market was removed,
// a byte for each group that says what follows of it: Time (seconds since 1970 and
// nanoseconds), received, asOf, order key and its epoch, values. Numbers are
// varints; a decimal is a byte with its sign and scale, and its coefficient. There
// is one way to write a record, and no other is read.
const (
	recordMark    = 't'
	recordVersion = 1
)

const (
	flagRemoved = 1 << iota
	flagKnown
	flagHalted
	flagRefused
	flagLink
	shiftFollows = iota // three bits
)

const (
	shiftSource = 2 // below it the kind
	hasTime     = 1 << (iota + 3)
	hasReceived
	hasAsOf
	hasKey
)

func bit(b bool, f byte) byte {
	if b {
		return f
	}
	return 0
}

func appendRecord(dst []byte, r *record) []byte {
	dst = append(dst, recordMark, recordVersion, bit(r.removed, flagRemoved)|bit(r.known, flagKnown)|bit(r.halted, flagHalted)|
		bit(r.refused != "", flagRefused)|bit(r.link != 0, flagLink)|byte(r.follows)<<shiftFollows)
	dst = binary.AppendUvarint(dst, r.epoch)
	if r.refused != "" {
		dst = binary.AppendUvarint(dst, uint64(len(r.refused)))
		dst = append(dst, r.refused...)
	}
	if r.link != 0 {
		dst = binary.AppendUvarint(dst, r.link)
	}
	if r.removed {
		return dst
	}
	for g := range groups {
		dst = appendGroup(dst, &r.ticker, g, r.clocks[g])
	}
	return dst
}

func appendGroup(dst []byte, t *ticker.Ticker, g int, c clock) []byte {
	st := stamp(t, g)
	if st.Source == ticker.NoSource {
		return append(dst, byte(st.Kind))
	}
	keyed := st.Key != 0 || st.Epoch != 0
	dst = append(dst, byte(st.Kind)|byte(st.Source)<<shiftSource|bit(!st.Time.IsZero(), hasTime)|
		bit(c.received != never, hasReceived)|bit(c.asOf != never, hasAsOf)|bit(keyed, hasKey))
	if !st.Time.IsZero() {
		dst = binary.AppendVarint(dst, st.Time.Unix())
		dst = binary.AppendUvarint(dst, uint64(st.Time.Nanosecond()))
	}
	if c.received != never {
		dst = binary.AppendVarint(dst, int64(c.received))
	}
	if c.asOf != never {
		dst = binary.AppendVarint(dst, int64(c.asOf))
	}
	if keyed {
		dst = binary.AppendUvarint(dst, st.Key)
		dst = binary.AppendUvarint(dst, uint64(st.Epoch))
	}
	for _, d := range values(t, g) {
		dst = appendDecimal(dst, *d)
	}
	return dst
}

const (
	decimalNegative = 0x20 // below it the scale
	decimalNotZero  = 0x40 // its coefficient follows
)

func appendDecimal(dst []byte, d decimal.Decimal) []byte {
	dst = append(dst, byte(d.Scale())|bit(d.IsNeg(), decimalNegative)|bit(!d.IsZero(), decimalNotZero))
	if d.IsZero() {
		return dst
	}
	return binary.AppendUvarint(dst, d.Coef())
}

// unixUTC is the inverse of what a Time is written as.
func unixUTC(sec int64, nano uint64) (t time.Time, ok bool) {
	if nano >= 1e9 {
		return t, false
	}
	t = time.Unix(sec, int64(nano)).UTC()
	return t, !t.IsZero()
}
