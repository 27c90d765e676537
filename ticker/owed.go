package ticker

import (
	"fmt"
	"time"
)

// comparison is what comparing an answer has shown: the groups that agree with what
// is held, those that differ, those that were taken as they are, and since when the
// value that differs had been proved.
type comparison struct {
	agree, differ, taken Groups
	stood                time.Time
}

// compare compares one group of an answer with what is held of it: they agree, or
// differ, or neither, where the answer may be older.
func (b *Book) compare(s *slot, i int, u *Update, h *held, m message, c *comparison) {
	if b.audits == 0 || !s.compares(i) {
		return
	}
	a := s.audited()
	m.same = i == 2 && s.ticker.same(i, &u.Ticker) || i < 2 && s.ticker.agrees(i, &u.Ticker)
	if !contradicts(h, &m, &s.link.told[i]) {
		ord := compare(h, &m, b.off)
		c.agree |= set(i, ord == below || ord == equal || ord == unordered && m.same)
		return
	}
	c.stood = later(h.received, a.compared)
	if compare(h, &m, b.off) == above {
		c.differ |= 1 << i
		return
	}
	if h.key != 0 && i < 2 && !b.keyless.Has(1<<i) {
		b.keyless |= 1 << i // whether it is one of the past nobody knows yet
		return
	}
	c.differ |= set(i, !s.outdated(i, u, m.valid))
}

// outdated reports whether an answer without an order key is one that a cache older
// than its exchange declares would give: the stream told the same before what it
// told last, or the answer says so.
func (s *slot) outdated(i int, u *Update, valid time.Time) bool {
	if s.link.b.off&rulePast != 0 {
		return false
	}
	at := u.stamp(i).Time
	return !at.IsZero() && at.Before(s.ticker.stamp(i).Time.Truncate(time.Second)) ||
		i < 2 && s.audit.past.had(i, &u.Ticker, valid)
}

// compared notes what came of comparing the groups of one answer.
func (b *Book) compared(n int32, u *Update, now time.Time, c *comparison) {
	s := &b.slots[n]
	if s.audit == nil {
		return
	}
	a := s.audit
	a.compared = now
	if (c.agree|c.differ)&prices != 0 {
		b.status.Audit.Probes++
	}
	if o := a.owed; o != nil {
		// It says itself that it was none, or is one no more. That it agrees with what
		// was taken from an answer, for its higher key, says nothing of the stream.
		o.groups &^= c.agree&^o.taken | c.taken&^c.differ
		b.forgive(s)
	}
	if c.differ&prices == 0 || a.owed != nil {
		return
	}
	o := &owed{answer: u.Ticker, groups: c.differ, taken: c.differ & c.taken, link: s.link, since: c.stood, received: now}
	for i := range groups {
		if c.differ.Has(1 << i) {
			o.by = later(o.by, now.Add(s.link.told[i].Delay+overdue))
		}
	}
	if a.owed = o; !a.queued {
		a.queued = true
		b.owed = append(b.owed, n)
	}
}

// forgive ends what is owed where no price is.
func (b *Book) forgive(s *slot) {
	if s.audit.owed.groups&prices == 0 {
		s.audit.owed = nil
	}
}

// explain notes that the stream has told a group: what was owed has come, unless
// it is something older.
func (b *Book) explain(s *slot, i int, told *Stamp) {
	s.audit.silent = false
	o := s.audit.owed
	if o == nil || b.off&ruleMoot != 0 {
		return
	}
	if in := o.answer.stamp(i); in.Key != 0 && told.Key != 0 && in.Epoch == told.Epoch && told.Key < in.Key {
		return
	}
	o.groups &^= 1 << i
	b.forgive(s)
}

// Mismatches heals the markets of which the stream should have told long ago what
// an answer did, and has not, and appends them.
func (k *Keeper) Mismatches(dst []Mismatch) []Mismatch {
	k.with(func(b *Book) {
		now := time.Now()
		left := b.owed[:0]
		for _, n := range b.owed {
			s := &b.slots[n]
			o := s.owes()
			if o != nil && !o.due(now, b.off) {
				left = append(left, n)
				continue
			}
			if o != nil {
				dst = append(dst, b.heal(n, o, now))
			}
			if s.audit != nil {
				s.audit.queued = false
			}
		}
		b.owed = left
	})
	return dst
}

// owes returns what is owed of the market, and forgets what can no longer be.
func (s *slot) owes() *owed {
	if s.audit == nil {
		return nil
	}
	if o := s.audit.owed; o != nil && (s.link != o.link || !s.comparable()) {
		s.audit.owed = nil
	}
	return s.audit.owed
}

// due reports whether the link has been heard for so long after the answer that
// the stream would have explained it.
func (o *owed) due(now time.Time, off rule) bool {
	if off&ruleOwed != 0 {
		return true
	}
	if o.over.IsZero() && !o.link.heard.Before(o.by) {
		o.over = now
	}
	return !o.over.IsZero() && now.Sub(o.over) >= settling
}

// heal writes what is owed.
func (b *Book) heal(n int32, o *owed, now time.Time) Mismatch {
	s := &b.slots[n]
	m := Mismatch{Market: s.ticker.Market, Link: o.link, Since: o.since, Silent: s.audit.silent}
	st := &b.status.Audit
	st.Mismatches++
	st.Worst = max(st.Worst, now.Sub(o.since))
	b.status.LastError = fmt.Errorf("%w: %s", ErrMismatch, m.Market)
	s.audit.owed, s.audit.silent = nil, true
	var marked Groups
	for i := range groups {
		if !(o.groups &^ o.taken).Has(1<<i) || !s.compares(i) || b.off&ruleHeal != 0 {
			continue
		}
		h, in := s.ticker.stamp(i), o.answer.stamp(i)
		s.ticker.set(i, &o.answer)
		h.Time, h.Received, h.Key, h.Epoch, h.Source = in.Time, o.received, in.Key, in.Epoch, REST
		marked |= 1 << i
	}
	if marked != 0 {
		b.mark(n)
	}
	b.record(s, marked)
	return m
}

// set is the set of one group, or of none.
func set(i int, has bool) Groups {
	if has {
		return 1 << i
	}
	return 0
}
