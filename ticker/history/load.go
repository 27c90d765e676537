package history

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// load is what one transaction writes: entries of the spool.
type load struct {
	state   *state
	entries int
	batches [][]byte
	holes   []int // batches before which some of the spool was damaged
	done    place
	next    uint64
	changes uint64
	counts  [3]int // rows of each group
	keys    map[string]bool
	numbers map[uint64]bool
	since   int64 // the first and the last moment of a change
	until   int64

	found ids
}

func (l *load) rows() int { return l.counts[0] + l.counts[1] + l.counts[2] }

// gather reads the next entries of the spool, and what they need.
func (f *flusher) gather() (*load, error) {
	l := &load{next: f.state.next, done: f.state.done, keys: map[string]bool{}, numbers: map[uint64]bool{}}
	first, last, err := f.spool.bounds()
	if err != nil {
		return nil, err
	}
	l.next = max(l.next, first)
	for size := 0; l.next <= last && l.rows() < flushRows && size < flushBytes; {
		at, events, err := f.spool.read(l.next)
		switch {
		case errors.Is(err, ErrDamaged):
			f.log.Error("history: a part of the spool is lost", "recorder", f.name, "error", err)
			if l.next, err = f.spool.segmentAfter(l.next, last); err != nil {
				return nil, err
			}
			l.holes = append(l.holes, len(l.batches))
			continue
		case err != nil:
			return nil, err
		}
		l.next++
		if !at.after(f.state.done) {
			continue
		}
		l.entries++
		l.done = at
		if err := l.survey(events); err != nil {
			return nil, fmt.Errorf("%w: batch %d of session %d: %w", ErrDamaged, at.batch, at.session, err)
		}
		l.batches = append(l.batches, events)
		size += len(events)
	}
	return l, nil
}

// survey notes what the events of a batch name.
func (l *load) survey(events []byte) error {
	var e event
	for len(events) > 0 {
		var err error
		if events, err = e.parse(events); err != nil {
			return err
		}
		if e.link != 0 {
			l.numbers[e.link] = true
		}
		if e.kind != eventChange {
			continue
		}
		if !l.keys[string(e.key)] { // without an allocation, mostly
			l.keys[string(e.key)] = true
		}
		l.changes++
		if l.since == 0 || e.at < l.since {
			l.since = e.at
		}
		l.until = max(l.until, e.at)
		for g := range e.rows {
			if len(e.rows[g].columns) > 0 {
				l.counts[g]++
			}
		}
	}
	return nil
}

// ensureDays makes the partitions of the days that the rows are of.
func (l *load) ensureDays(ctx context.Context, db Beginner) error {
	if l.changes == 0 {
		return nil
	}
	const day = 24 * 3600 * 1_000_000
	from := max(l.since, l.state.ts) // rows are never before the last
	to := max(l.until, from) + int64(l.changes)
	days := map[int64]bool{}
	missing := false
	for d := from / day; d <= to/day; d++ {
		days[d] = true
		missing = missing || !l.state.days[d]
	}
	if !missing {
		return nil
	}
	if err := EnsureDays(ctx, db, fromMicros(from), fromMicros(to)); err != nil {
		return err
	}
	l.state.days = days
	return nil
}

// learn keeps what the transaction found out, now that it is committed.
func (l *load) learn() {
	for key, id := range l.found.series {
		l.state.series[key] = id
	}
	for number, id := range l.found.links {
		if len(l.state.links) > 10_000 {
			clear(l.state.links) // they are read again when they are named again
		}
		l.state.links[number] = id
	}
	l.state.done, l.state.next = l.done, l.next
}

// segmentAfter is the first entry behind the segment that holds index.
func (s *spool) segmentAfter(index, last uint64) (uint64, error) {
	all, err := starts(s.logDir())
	if err != nil {
		return 0, err
	}
	if i := slices.IndexFunc(all, func(first uint64) bool { return first > index }); i >= 0 {
		return all[i], nil
	}
	return last + 1, nil
}
