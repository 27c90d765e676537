package natskv

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

const (
	// answerWithin is how long the server may take to answer, or to go on with what
	// the bucket holds.
	answerWithin = 5 * time.Second
	// named is how many keys that cannot be read are named when a bucket is opened.
	named = 8
)

// watching is one watch of a bucket, which has been read once to its end. Of the
// keys that come, one goroutine at a time takes the next.
type watching struct {
	s      *Source
	flush  func(context.Context) error // to the broker and back
	kw     jetstream.KeyWatcher
	cancel context.CancelFunc

	mu      sync.Mutex
	replica *replica
	beat    *beat   // the last that was read, of whenever; nil: none that could be
	unread  []error // keys that could not be read on opening, the first of them
}

// watch opens a watch, and returns when it has read what the bucket holds, of a
// publisher that has written all of it.
func (s *Source) watch(ctx context.Context) (*watching, error) {
	w, err := s.open(ctx)
	if err != nil {
		return nil, s.wrap(err)
	}
	if err := w.load(ctx); err != nil {
		w.stop()
		return nil, s.wrap(err)
	}
	return w, nil
}

// wrap says what failed, and adds what the server has against us, for a request that
// is not allowed is not answered.
func (s *Source) wrap(err error) error {
	switch denied := s.js.Conn().LastError(); {
	case errors.Is(err, jetstream.ErrInvalidBucketName), errors.Is(err, nats.ErrConnectionClosed):
		err = exchange.Permanent(err)
	case (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errNoAnswer)) && errors.Is(denied, nats.ErrPermissionViolation):
		err = fmt.Errorf("%w: %w", err, denied)
	}
	return fmt.Errorf("natskv: bucket %q: %w", s.bucket, err)
}

var (
	errNoAnswer = errors.New("the server does not answer")
	errNoWord   = errors.New("no publisher has written into it")
	errHalf     = errors.New("its publisher has not written all of it")
	errEnded    = errors.New("the watch has ended")
)

// open begins to watch. The watch ends with stop alone.
func (s *Source) open(ctx context.Context) (*watching, error) {
	own, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { cancel(ctx.Err()) })
	late := time.AfterFunc(answerWithin, func() { cancel(errNoAnswer) })
	kw, err := func() (jetstream.KeyWatcher, error) {
		kv, err := s.js.KeyValue(own, s.bucket)
		if err != nil {
			return nil, err
		}
		return kv.WatchAll(own)
	}()
	stop()
	late.Stop()
	w := &watching{s: s, flush: s.js.Conn().FlushWithContext, kw: kw, cancel: func() { cancel(nil) }, replica: newReplica(&s.order)}
	switch {
	case err != nil && own.Err() != nil:
		return nil, context.Cause(own)
	case err != nil:
		w.cancel()
		return nil, err
	}
	return w, nil
}

// load reads what the bucket holds, and measures the way to the broker.
//
// A key that is written meanwhile comes after all others, and the watch says too soon
// that it has told everything: it counts what comes. So all is there when something
// comes behind which nothing waits, and the heartbeat may be a moment late.
func (w *watching) load(ctx context.Context) error {
	timer := time.NewTimer(answerWithin)
	defer timer.Stop()
	whole, any := false, false
	var status error // why a heartbeat could not be read
	for !whole || w.beat == nil || w.beat.Phase == rewriting {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return w.lacks(whole, status)
		case e, ok := <-w.kw.Updates():
			switch {
			case !ok:
				return errEnded
			case e == nil && !any:
				return errNoWord
			case e == nil:
				continue
			case !any:
				w.replica.expect(int(e.Delta()) + 1)
			}
			if err := w.store(e); err != nil && e.Key() == statusKey {
				status = err
			}
			any = true
			switch {
			case whole:
			case e.Delta() == 0:
				whole = true
				timer.Reset(w.s.opts.Lease)
			default:
				timer.Reset(answerWithin)
			}
		}
	}
	w.replica.bucket = w.beat.Bucket
	return w.ping(ctx, new([]ticker.Update))
}

// lacks says what has not come in time.
func (w *watching) lacks(whole bool, status error) error {
	switch {
	case !whole:
		return errNoAnswer
	case w.beat != nil:
		return errHalf
	}
	return errors.Join(errNoWord, status)
}

// store takes a key before there is a stream. It returns, and keeps, the error of one
// that cannot be read.
func (w *watching) store(e jetstream.KeyValueEntry) error {
	_, _, err := w.take(nil, e, time.Now(), false)
	if err == nil {
		return nil
	}
	w.unreadable(w.bad(e, err))
	return err
}

// unreadable keeps the error of a key that cannot be read, for the one who reads.
func (w *watching) unreadable(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.unread) < named {
		w.unread = append(w.unread, err)
	}
}

// firstUnread takes the first error of a key that was read on opening; nil: there
// are no more.
func (w *watching) firstUnread() (err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.unread) > 0 {
		err, w.unread = w.unread[0], w.unread[1:]
	}
	return err
}

// ping measures how long a message takes to the broker and back, and appends what can
// be told by that.
func (w *watching) ping(ctx context.Context, dst *[]ticker.Update) error {
	ctx, stop := context.WithTimeout(ctx, answerWithin)
	defer stop()
	sent := time.Now()
	err := w.flush(ctx)
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	*dst = w.replica.took(*dst, sent, now, err)
	return err
}

// listings are the markets that the bucket has, in order.
func (w *watching) listings() (ls []exchange.Listing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range slices.Sorted(maps.Keys(w.replica.markets)) {
		if e := w.replica.markets[m]; e.listed(w.replica.tenure) {
			ls = append(ls, exchange.Listing{Market: m, Symbol: string(m), RESTSymbol: string(m), Trading: true})
		}
	}
	return ls
}

// snapshot is what the bucket has of every market.
func (w *watching) snapshot() (us []ticker.Update) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	for _, m := range slices.Sorted(maps.Keys(w.replica.markets)) {
		if e := w.replica.markets[m]; e.listed(w.replica.tenure) {
			rec := e.record()
			us = append(us, w.replica.update(m, e.revision, &rec, present(&rec), now))
		}
	}
	return us
}

// stop ends the watch, and returns when nothing is left of it here.
func (w *watching) stop() {
	w.cancel()
	for range w.kw.Updates() { // what waits for a reader would keep it
	}
}
