package natskv

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// scrubEvery is about how often a publisher looks at the whole bucket.
const scrubEvery = 30 * time.Second

// scrub has written again, until ctx ends, what somebody else has deleted, purged or
// overwritten. Of a market that changes the next write finds that out; a quiet one would
// be missing for who joins meanwhile. What is not ours stays as it is.
func (t *reign) scrub(ctx context.Context) {
	for sleep(ctx, scrubEvery*3/4+rand.N(scrubEvery/2)) == nil {
		spoiled, err := t.look(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			t.o.Logger.Debug("natskv: the bucket could not be looked at", slog.Any("err", err))
		case spoiled > 0:
			t.o.Logger.Warn("natskv: markets that somebody else has changed in the bucket are written again", slog.Int("markets", spoiled))
		}
	}
}

// look compares the revisions in the bucket with those of our writes, and returns how
// many markets have to be written again. It reads no values.
func (t *reign) look(ctx context.Context) (spoiled int, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	doubts := t.q.resting()
	err = t.b.read(ctx, func(e jetstream.KeyValueEntry) {
		if r, ok := doubts[e.Key()]; ok && r.rev == e.Revision() {
			delete(doubts, e.Key())
		}
	}, jetstream.MetaOnly(), jetstream.IgnoreDeletes())
	if err != nil {
		return 0, err
	}
	if spoiled = t.q.spoil(doubts); spoiled > 0 {
		t.w.mends()
	}
	return spoiled, nil
}

// rest is an entry that this tenure has written and that waits for no write, and the
// revision that it had then.
type rest struct {
	e   *entry
	rev uint64
}

// resting returns the entries at rest, by key.
func (q *queue) resting() map[string]rest {
	q.mu.Lock()
	rests := make([]rest, 0, len(q.entries))
	for _, e := range q.entries {
		if e.state == idle && e.n > 0 && e.rev != 0 {
			rests = append(rests, rest{e, e.rev})
		}
	}
	q.mu.Unlock()
	keys := make(map[string]rest, len(rests))
	for _, r := range rests {
		keys[r.e.key] = r
	}
	return keys
}

// spoil says that the bucket does not hold what was written of these, and returns how
// many of them are still at rest since: the others have been written meanwhile, or are
// about to be, and find out by themselves.
func (q *queue) spoil(doubts map[string]rest) (n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range doubts {
		if r.e.state == idle && r.e.rev == r.rev {
			r.e.state = broken
			q.broken = append(q.broken, r.e)
			n++
		}
	}
	return n
}
