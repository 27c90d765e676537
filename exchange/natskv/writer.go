package natskv

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// usual is room for most records, in bytes.
const usual = 192

// errGone: the bucket was deleted, and perhaps made anew.
var errGone = errors.New("the bucket is gone")

// writer writes what is queued, for one tenure.
type writer struct {
	b     *bucket
	js    jetstream.JetStream // of our own, so that nobody else waits for what is on its way
	q     *queue
	lease *tenant
	epoch uint64
	start time.Time // of the tenure
	o     *Options
	mend  chan struct{} // something is broken

	// Guarded by the queue's mutex:
	flight map[*nats.Msg]*entry
	awake  awake
	beaten time.Time     // when the last heartbeat was sent
	of     uint64        // the revision of the one before; 0: nobody knows
	took   time.Duration // how long that one took, at most
	failed error         // why the last write failed; nil: the last one did not
}

func newWriter(t *reign, start time.Time) (*writer, error) {
	b, o := t.b, &t.o
	w := &writer{
		b: b, q: t.q, lease: t.lease, epoch: t.epoch, start: start, o: o, awake: newAwake(start),
		mend: make(chan struct{}, 1), flight: make(map[*nats.Msg]*entry),
	}
	opts := []jetstream.JetStreamOpt{
		jetstream.WithPublishAsyncMaxPending(o.Pending + 16),
		jetstream.WithPublishAsyncTimeout(o.Lease),
		jetstream.WithPublishAsyncAckHandler(func(_ jetstream.JetStream, m *nats.Msg, ack *jetstream.PubAck) { w.wrote(m, ack.Sequence) }),
		jetstream.WithPublishAsyncErrHandler(func(_ jetstream.JetStream, m *nats.Msg, err error) { w.fail(m, err) }),
	}
	var err error
	switch theirs := b.js.Options(); {
	case theirs.Domain != "":
		w.js, err = jetstream.NewWithDomain(b.nc, theirs.Domain, opts...)
	case theirs.APIPrefix != "":
		w.js, err = jetstream.NewWithAPIPrefix(b.nc, theirs.APIPrefix, opts...)
	default:
		w.js, err = jetstream.New(b.nc, opts...)
	}
	return w, err
}

// close ends what JetStream's client does for the writes. Its goroutine that watches
// the connection never ends if this comes before it has first run, so it gets a moment
// to; a tenure that has lasted longer waits for nothing.
func (w *writer) close() {
	time.Sleep(time.Until(w.start.Add(100 * time.Millisecond)))
	w.js.CleanupPublisher()
}

// write writes what can be written once something else has been, until ctx ends or the
// lease is no longer surely ours.
func (w *writer) write(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-w.q.wake:
		}
		if err := w.drain(ctx); err != nil {
			return err
		}
	}
}

// drain writes all that can be written at this moment. Several goroutines may: one that
// queues something writes it, so that no other has to be woken for it.
func (w *writer) drain(ctx context.Context) error {
	for {
		m, err := w.next()
		switch {
		case m == nil:
			return nil
		case err != nil:
			w.fail(m, err)
			return err
		case ctx.Err() != nil:
			w.fail(m, ctx.Err())
			return context.Cause(ctx)
		case !w.lease.valid():
			w.fail(m, errLost)
			return fmt.Errorf("%w: it was not renewed in time", errLost)
		default:
			if _, err := w.js.PublishMsgAsync(m); err != nil {
				w.fail(m, err)
			}
		}
	}
}

// next takes the next message that is to be written; nil: there is none. An error: it
// must not be.
func (w *writer) next() (m *nats.Msg, err error) {
	w.q.mu.Lock()
	defer w.q.mu.Unlock()
	e, b := w.q.take(w.o.Pending)
	if e == nil {
		return nil, nil
	}
	if b != nil {
		err = w.awake.slept()
		w.beaten = time.Now()
		b.Now, b.Of, b.Took = tick(w.beaten.Sub(w.start)), w.of, w.took
		w.of = 0
		m = w.b.message(e.key, appendBeat(nil, b), e.rev)
	} else {
		m = w.b.message(e.key, appendRecord(make([]byte, 0, usual), &e.rec), e.rev)
	}
	w.flight[m] = e
	return m, err
}

// landed takes a message that is no longer on its way.
func (w *writer) landed(m *nats.Msg) *entry {
	e := w.flight[m]
	delete(w.flight, m)
	return e
}

func (w *writer) wrote(m *nats.Msg, rev uint64) {
	w.q.mu.Lock()
	defer w.q.mu.Unlock()
	if e := w.landed(m); e != nil {
		if e == &w.q.status {
			w.of, w.took = rev, time.Since(w.beaten)
		}
		if !tooLarge(w.failed) {
			w.failed = nil
		}
		w.q.wrote(e, rev)
	}
}

func (w *writer) fail(m *nats.Msg, err error) {
	w.q.mu.Lock()
	defer w.q.mu.Unlock()
	e := w.landed(m)
	if e == nil {
		return
	}
	if tooLarge(err) {
		err = fmt.Errorf("a value of %d bytes: %w", len(m.Data), err)
	}
	if w.failed == nil && !refused(err) {
		w.o.Logger.Warn("natskv: a write has failed", slog.String("key", e.key), slog.Any("err", err))
	}
	if !tooLarge(w.failed) {
		w.failed = err
	}
	w.q.failed(e)
	w.mends()
}

// mends has what is broken repaired.
func (w *writer) mends() {
	select {
	case w.mend <- struct{}{}:
	default:
	}
}

// repair reads the revisions of keys of which a write has failed, so that it can be
// tried again, until ctx ends or the bucket is another's.
func (w *writer) repair(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-w.mend:
		}
		w.q.mu.Lock()
		list, cause := w.q.broken, w.failed
		w.q.broken = nil
		w.q.mu.Unlock()
		if tooLarge(cause) {
			return fmt.Errorf("%w: %w", ErrBucket, cause)
		}
		if !refused(cause) {
			if err := sleep(ctx, w.o.Lease/32); err != nil {
				return err
			}
		}
		if err := w.try(ctx, func(ctx context.Context) error { _, err := w.lease.check(ctx, w.epoch); return err }); err != nil {
			return err
		}
		for _, e := range list {
			if err := w.try(ctx, func(ctx context.Context) error { return w.reread(ctx, e) }); err != nil {
				return err
			}
		}
	}
}

// try does what a broker that is away for a moment makes fail.
func (w *writer) try(ctx context.Context, do func(ctx context.Context) error) error {
	for {
		once, cancel := context.WithTimeout(ctx, w.o.Lease/2)
		err := do(once)
		there := err == nil || w.b.isThere(once)
		cancel()
		switch {
		case err == nil, errors.Is(err, errLost):
			return err
		case !there:
			return errGone
		}
		if err := denied(w.b.js, w.b.name); err != nil && errors.Is(once.Err(), context.DeadlineExceeded) {
			return err
		}
		if err := sleep(ctx, w.o.Lease/32); err != nil {
			return err
		}
	}
}

// reread reads the revision of a key. One that a later publisher has written says
// that the lease is lost, whoever reads an old copy of that.
func (w *writer) reread(ctx context.Context, e *entry) error {
	value, rev, err := w.b.get(ctx, e.key)
	if err != nil {
		return err
	}
	if epoch := epochOf(e.key, value); epoch > w.epoch {
		return fmt.Errorf("%w: another has written under epoch %d", errLost, epoch)
	}
	w.q.mu.Lock()
	defer w.q.mu.Unlock()
	w.q.mended(e, rev)
	return nil
}
