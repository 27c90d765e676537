package natskv

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// errAnew ends a stream: revisions count anew.
var errAnew = errors.New("the bucket was made anew")

// beat takes a heartbeat, and reports whether the way to the broker should be measured
// now. It is heeded when behind keys more have come. For its word covers what was
// written before it, and of that a bucket has only the newest of each market: a record
// that was replaced before we read it comes in the place of the one that replaced it.
// prompt: the heartbeat was read as soon as it came.
func (r *replica) beat(dst []ticker.Update, b *beat, revision, behind uint64, received time.Time, prompt bool) (told []ticker.Update, measure bool, err error) {
	switch {
	case r.bucket != 0 && b.Bucket != r.bucket:
		return dst, false, errAnew
	case b.Epoch < r.tenure:
		return dst, false, nil
	}
	clock := &r.clock
	if b.Epoch != r.tenure {
		if b.Epoch != r.nextOf {
			r.nextOf, r.next, r.early = b.Epoch, timeline{}, nil
		}
		clock = &r.next
	}
	measure = clock.hear(b, revision, received, prompt)
	if b.Phase != live {
		return dst, measure, nil
	}
	r.beats++
	switch {
	case behind == 0:
		r.waits = nil
		dst = r.heed(dst, b, received)
	case r.waits == nil:
		r.waits, r.behind = b, behind
	}
	return dst, measure, nil
}

// pass counts a key that has come, with so many behind it, and reports whether the
// heartbeat that waits is to be heeded after it.
func (r *replica) pass(behind uint64) (due bool) {
	if r.waits == nil {
		return false
	}
	r.behind = min(r.behind-1, behind)
	return r.behind == 0
}

// release heeds the heartbeat that waits.
func (r *replica) release(dst []ticker.Update, received time.Time) []ticker.Update {
	b := r.waits
	r.waits = nil
	if b == nil {
		return dst
	}
	return r.heed(dst, b, received)
}

// heed appends what a heartbeat tells. With the first of a publisher whose clock is
// known, that one's tenure begins.
func (r *replica) heed(dst []ticker.Update, b *beat, received time.Time) []ticker.Update {
	switch {
	case b.Epoch == r.tenure:
		return r.again(r.word(dst, b), received)
	case b.Epoch != r.nextOf:
		return dst
	case !r.next.heard():
		r.early = b
		return dst
	}
	r.tenure, r.bucket = b.Epoch, b.Bucket
	r.clock, r.next, r.nextOf, r.early = r.next, timeline{}, 0, nil
	dst = r.word(dst, b)
	for _, m := range slices.Sorted(maps.Keys(r.markets)) {
		dst = r.one(dst, m, received)
	}
	return r.lines.others(dst, r.tenure)
}

// again tells the groups that are no longer behind, since the word of their link is
// later than when the others were told.
func (r *replica) again(dst []ticker.Update, now time.Time) []ticker.Update {
	for _, m := range slices.Sorted(maps.Keys(r.late)) {
		e, late := r.market(m), r.late[m]
		if delete(r.late, m); !e.carried || e.removed || e.epoch != r.tenure {
			continue
		}
		rec := e.record()
		if u := r.update(m, e.revision, &rec, late, now); u.Groups != 0 {
			dst = append(dst, u)
		}
	}
	return dst
}

// took takes how long a message to the broker and back has taken; an error: it has not
// come back. It appends what can be told by that.
func (r *replica) took(dst []ticker.Update, sent, now time.Time, err error) []ticker.Update {
	for _, clock := range []*timeline{&r.clock, &r.next} {
		if err != nil {
			clock.lost()
		} else {
			clock.took(sent, now.Sub(sent))
		}
	}
	if r.early == nil || !r.next.heard() {
		return dst
	}
	return r.heed(dst, r.early, now)
}

// word appends how far the word of each of the publisher's links reaches, and how
// its Book stands.
func (r *replica) word(dst []ticker.Update, b *beat) []ticker.Update {
	dst = r.lines.word(dst, b, &r.clock)
	st := ticker.OriginStatus{Name: b.Publisher, Epoch: b.Epoch, State: stateOf(b.State)}
	if st == r.status {
		return dst
	}
	r.status = st
	return append(dst, ticker.Update{Origin: &ticker.Origin{Status: &st}})
}

// stateOf is the inverse of ticker.State's String; what it does not know is Down.
func stateOf(name string) ticker.State {
	for s := ticker.Idle; s <= ticker.Ended; s++ {
		if s.String() == name {
			return s
		}
	}
	return ticker.Down
}
