package ticker

import (
	"fmt"
	"time"
)

// Audit is what the comparing of REST answers with a Book has shown. An engine
// that audits asks for answers that the Book does not need, a few at a time, and
// compares them with what the stream has told: so it finds what nothing on the
// wire reveals, such as an update that the exchange lost, or a connection that
// sends heartbeats but no data. The zero value: nothing has been compared.
type Audit struct {
	Probes uint64 // answers about one market that could be compared
	// Mismatches are those of them that differed, and that the stream had not
	// explained long after it should have. They were written into the Book.
	Mismatches uint64
	// Worst is the longest time that a value which proved wrong had stood since it
	// was told or answered, or last compared. It was wrong for no longer.
	Worst time.Duration
	// Round is how long it takes until every market has been compared at the
	// present pace: what is wrong and stays so is found within it, plus what the
	// stream is given to explain it. Zero: there is no audit.
	Round time.Duration
}

// Mismatch is a market that an audit found to be other than the stream told.
type Mismatch struct {
	Market Market
	Link   *Link
	Since  time.Time // when it was last told, answered or compared
	// Silent: the stream has told nothing of it since the last mismatch either.
	Silent bool
}

// Error says of which market.
func (m Mismatch) Error() string { return fmt.Sprintf("%v: %s", ErrMismatch, m.Market) }

// Unwrap returns ErrMismatch.
func (m Mismatch) Unwrap() error { return ErrMismatch }

// Proof says since when nothing has proved a market's values to be true: it was
// told, answered or compared then.
type Proof struct {
	Market Market
	At     time.Time
}

// audited is what an audit keeps of a market.
type audited struct {
	compared time.Time // when an answer last came
	owed     *owed     // what an answer told and the stream did not; nil: nothing
	past     past
	silent   bool // it was healed, and has not been told since
	queued   bool // it is in Book.owed
}

// owed is what an answer told that the stream has yet to tell.
type owed struct {
	answer   Ticker
	groups   Groups    // those that are owed
	taken    Groups    // and those that were taken at once, for their higher key
	link     *Link     // that owes them
	since    time.Time // when what is held was last proved
	received time.Time
	by       time.Time // frames that are sent later come after what is owed
	over     time.Time // when such a frame had come; zero: not yet
}

// settling is how long after the first frame that proves something overdue it may
// still come: what was held up on the way comes all at once.
const settling = time.Second

// prices are the groups that are compared. Statistics of a day change as time
// goes by, so that two of them can differ and both be right.
const prices = TradeGroup | QuoteGroup

// Audit says how the engine compares: a market, or all of them at once, each so
// often. From now on every answer is compared. Zero ends it.
func (k *Keeper) Audit(every time.Duration, all bool) {
	k.with(func(b *Book) { b.audits, b.auditAll = every, all })
}

// Unproved appends the markets that an answer could be compared with now.
func (k *Keeper) Unproved(dst []Proof) []Proof {
	k.with(func(b *Book) {
		for i := range b.slots {
			s := &b.slots[i]
			if s.comparable() && (s.audit == nil || s.audit.owed == nil) {
				dst = append(dst, Proof{s.ticker.Market, s.proved()})
			}
		}
	})
	return dst
}

func (s *slot) audited() *audited {
	if s.audit == nil {
		s.audit = new(audited)
	}
	return s.audit
}

// comparable reports whether an answer about the market can show anything.
func (s *slot) comparable() bool {
	return s.expected() && (s.compares(0) || s.compares(1))
}

// compares reports whether an answer about the group can show anything: it is
// said to be as fresh as the link's last word.
func (s *slot) compares(i int) bool {
	return s.moves(i) && s.link.told[i].REST && s.link.err == nil && !s.link.void
}

// proved is when the market was last told, answered or compared: of the group of
// which that is longer ago.
func (s *slot) proved() (at time.Time) {
	for i := range 2 {
		if r := s.ticker.stamp(i).Received; s.compares(i) && (at.IsZero() || r.Before(at)) {
			at = r
		}
	}
	if s.audit != nil {
		at = later(at, s.audit.compared)
	}
	return at
}

// round is how long it takes to compare all markets.
func (b *Book) round() time.Duration {
	if b.auditAll || b.audits == 0 {
		return b.audits
	}
	n := 0
	for i := range b.slots {
		n += count(b.slots[i].comparable())
	}
	return b.audits * time.Duration(n)
}

// forgetAudit ends the audit and forgets what it kept.
func (b *Book) forgetAudit() {
	b.audits, b.auditAll, b.owed, b.keyless = 0, false, nil, 0
	for i := range b.slots {
		b.slots[i].audit = nil
	}
}
