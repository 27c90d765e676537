package natskv

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tickersync/tickersync/ticker"
)

var (
	errBookEnded = errors.New("the book has ended")
	errBehind    = errors.New("the bucket has a later epoch than its lease")
)

// reign is the time in which one publisher has the lease.
type reign struct {
	*publisher
	b     *bucket
	lease *tenant
	epoch uint64
	q     *queue
	w     *writer
	tell  *teller
	dead  []dead
}

// dead is a key of a market that no longer exists, as an earlier publisher left it.
type dead struct {
	key string
	rev uint64
}

// reign keeps the bucket for as long as the lease is held, and returns why that has
// ended.
func (p *publisher) reign(parent context.Context, b *bucket, lease *tenant) error {
	t := &reign{publisher: p, b: b, lease: lease, epoch: lease.mine.Epoch, q: newQueue()}
	ctx, cancel := context.WithCancelCause(parent)
	var wg sync.WaitGroup
	do := func(f func(ctx context.Context) error) {
		wg.Go(func() { cancel(f(ctx)) })
	}
	do(lease.hold)
	err := t.begin(ctx)
	if err == nil {
		do(t.w.write)
		do(t.w.repair)
		do(t.follow)
		wg.Go(func() { t.sweep(ctx) })
		wg.Go(func() { t.scrub(ctx) })
		<-ctx.Done()
		err = context.Cause(ctx)
	}
	cancel(err)
	wg.Wait()
	t.end(parent)
	return err
}

// begin reads the bucket, and says that it is being rewritten.
func (t *reign) begin(ctx context.Context) error {
	start := time.Now()
	stands := t.book.Status()
	reading, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	keys, err := t.b.all(reading)
	if err != nil {
		return err
	}
	if err := t.b.keeps(keys[statusKey].value, t.book.Name()); err != nil {
		return err
	}
	if err := t.load(keys); err != nil {
		return err
	}
	head := beat{Exchange: t.book.Name(), Bucket: t.b.created, Epoch: t.epoch, Publisher: t.o.ID}
	if t.w, err = newWriter(t, start); err != nil {
		return err
	}
	t.tell = newTeller(t.q, head, start, stands)
	t.tell.log = t.o.Logger
	first := t.tell.beat(nil)
	sent := time.Now()
	first.Phase, first.Now = rewriting, tick(sent.Sub(start))
	t.q.status.rev, err = t.b.put(reading, statusKey, appendBeat(nil, first), t.q.status.rev)
	t.w.of, t.w.took = t.q.status.rev, time.Since(sent)
	if tooLarge(err) {
		return fmt.Errorf("%w: %w", ErrBucket, err)
	}
	return err
}

// load takes what the bucket holds. Every record that is there has to be rewritten,
// or be told as removed; what is not ours stays as it is.
func (t *reign) load(keys map[string]stood) error {
	last := t.epoch
	for key, s := range keys {
		if key == statusKey {
			t.q.status.rev = s.rev
		}
		m, ok := keyMarket(key)
		if !ok && key != statusKey {
			continue
		}
		last = max(last, epochOf(key, s.value))
		r, err := parseRecord(s.value)
		switch {
		case !ok:
		case s.value == nil, err == nil && r.removed:
			t.dead = append(t.dead, dead{key, s.rev})
		case err == nil:
			t.q.entries[m] = &entry{key: key, rev: s.rev}
		}
	}
	if last > t.epoch {
		t.floor = last
		return errBehind
	}
	return nil
}

// follow queues what the Book tells.
func (t *reign) follow(ctx context.Context) error {
	for c := range t.book.FollowLives(ctx, 0, t.o.HeartbeatEvery) {
		if c.End == nil {
			t.tell.change(t.book, &c)
			if err := t.w.drain(ctx); err != nil {
				return err
			}
		} else if ctx.Err() == nil {
			return fmt.Errorf("%w: %w", errBookEnded, c.End)
		}
	}
	return context.Cause(ctx)
}

// sweep takes out of the bucket what is left of markets that were removed under an
// earlier epoch: no reader needs to be told any more. It costs nobody anything that
// this is not allowed.
func (t *reign) sweep(ctx context.Context) {
	for _, d := range t.dead {
		once, cancel := context.WithTimeout(ctx, t.o.Lease)
		err := t.b.stream.Purge(once, jetstream.WithPurgeSubject(t.b.subject+d.key), jetstream.WithPurgeSequence(d.rev+1))
		cancel()
		if err != nil {
			t.o.Logger.Debug("natskv: markets removed long ago stay in the bucket", slog.Any("err", err))
			return
		}
	}
}

// end waits a moment for what is on its way, and gives the lease up.
func (t *reign) end(parent context.Context) {
	if t.w != nil {
		defer t.w.close()
	}
	if !t.lease.valid() || !t.b.nc.IsConnected() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(parent), t.o.Lease/4)
	defer cancel()
	if t.tell != nil && t.rest(ctx) {
		last := t.tell.beat(nil)
		last.Phase, last.State, last.Now = ended, ticker.Ended.String(), t.tell.tick(time.Now())
		if _, err := t.b.put(ctx, statusKey, appendBeat(nil, last), t.q.status.rev); err != nil {
			t.o.Logger.Debug("natskv: no last word", slog.Any("err", err))
		}
	}
	if err := t.lease.release(ctx); err != nil {
		t.o.Logger.Debug("natskv: the lease is left to run out", slog.Any("err", err))
	}
}

// rest waits until nothing is on its way any more.
func (t *reign) rest(ctx context.Context) bool {
	for {
		t.q.mu.Lock()
		still := t.q.flying == 0 && t.q.status.state != flying
		t.q.mu.Unlock()
		if still {
			return true
		}
		if sleep(ctx, time.Millisecond) != nil {
			return false
		}
	}
}
