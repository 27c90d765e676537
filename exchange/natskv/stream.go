package natskv

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// ErrSilent says that a stream has ended because the publisher was not heard for as
// long as its lease.
var ErrSilent = errors.New("natskv: the publisher is silent")

const (
	// grace is what is given once to a process that stood still itself: what came
	// meanwhile is still to be read.
	grace = 250 * time.Millisecond
)

// stream is one watch of a bucket, as an engine reads it.
type stream struct {
	w      *watching
	wake   chan struct{} // something is to be read before what comes
	asked  chan struct{} // the way to the broker is to be measured
	ending chan struct{} // closed when it is closed
	cancel context.CancelFunc
	wg     sync.WaitGroup
	once   sync.Once

	// Of the one who reads:
	silence *time.Timer
	due     time.Time // when it rings
	spared  bool      // it rang late, and was set again
	beats   uint64    // heard when it was set

	// Under w.mu, to be read before what comes:
	words  []ticker.Update // what can be told since a way was measured, or of the publisher that was waited for
	todo   []ticker.Market // as they stand
	silent bool            // it ended because the publisher was
}

func newStream(w *watching) *stream {
	ctx, cancel := context.WithCancel(context.Background())
	st := &stream{w: w, wake: make(chan struct{}, 1), asked: make(chan struct{}, 1), ending: make(chan struct{}), cancel: cancel}
	st.silence = time.NewTimer(0)
	st.listen(time.Now(), w.s.opts.Lease)
	st.wg.Go(func() { st.pings(ctx) })
	return st
}

// begin has the markets told, and what the bucket has beyond them hinted at.
func (st *stream) begin(ms []exchange.Listing) {
	_ = st.Subscribe(context.Background(), ms, nil)
	w := st.w
	w.mu.Lock()
	defer w.mu.Unlock()
	w.replica.begun = true
	var hint error
	for m, e := range w.replica.markets {
		if err := w.replica.hint(m, e); err != nil {
			hint = exchange.NewFrameError(w.s.Name(), m, nil, err)
		}
	}
	if hint != nil {
		w.unread = append(w.unread, hint)
	}
}

// unheard has the Book Syncing, and not Live, for as long as no publisher is heard that
// could say how it stands: what the bucket holds is known, and not how old it is.
func (st *stream) unheard() {
	st.w.mu.Lock()
	defer st.w.mu.Unlock()
	if r := st.w.replica; r.tenure == 0 {
		st.words = append(st.words, ticker.Update{Origin: &ticker.Origin{Status: &ticker.OriginStatus{State: ticker.Syncing}}})
	}
}

// pings measures the way to the broker when it is asked to.
func (st *stream) pings(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-st.asked:
			_ = st.w.ping(ctx, &st.words)
			st.rouse()
		}
	}
}

// measure asks pings for it.
func (st *stream) measure() {
	select {
	case st.asked <- struct{}{}:
	default:
	}
}

// rouse wakes who reads.
func (st *stream) rouse() {
	select {
	case st.wake <- struct{}{}:
	default:
	}
}

// listen sets the time within which the publisher has to be heard.
func (st *stream) listen(now time.Time, within time.Duration) {
	st.due = now.Add(within)
	st.silence.Reset(within)
}

// awaitPublisher reads until a publisher is heard, however long it takes. No market is
// told yet.
func (st *stream) awaitPublisher(ctx context.Context) error {
	for !st.heardOf() {
		us, err := st.next(ctx, nil, nil)
		var frame *exchange.FrameError
		if err != nil && !errors.As(err, &frame) {
			return err
		}
		if err != nil {
			st.w.unreadable(err)
		}
		st.w.mu.Lock()
		st.words = append(us, st.words...)
		st.w.mu.Unlock()
	}
	st.listen(time.Now(), st.w.s.opts.Lease)
	return nil
}

// heardOf reports whether a publisher's tenure is told.
func (st *stream) heardOf() bool {
	st.w.mu.Lock()
	defer st.w.mu.Unlock()
	return st.w.replica.tenure != 0
}

// Read implements exchange.Stream: a heartbeat of the publisher is one of ours. The errors of one value are *exchange.FrameErrors
// that name its key.
func (st *stream) Read(ctx context.Context, dst []ticker.Update) ([]ticker.Update, error) {
	for {
		dst = st.pending(dst)
		if len(dst) > 0 {
			return dst, nil
		}
		if err := st.w.firstUnread(); err != nil {
			return dst, err
		}
		var err error
		beats := st.beats
		if dst, err = st.next(ctx, dst, st.silence.C); err != nil || len(dst) > 0 || st.beats != beats {
			return dst, err
		}
	}
}

// pending takes what is to be read first, up to a frame of it.
func (st *stream) pending(dst []ticker.Update) []ticker.Update {
	st.w.mu.Lock()
	defer st.w.mu.Unlock()
	dst, st.words = append(dst, st.words...), nil
	now := time.Now()
	for len(st.todo) > 0 && len(dst) < batch {
		dst = st.w.replica.one(dst, st.todo[0], now)
		st.todo = st.todo[1:]
	}
	if len(st.todo) == 0 {
		st.todo = nil
	}
	return dst
}

// next takes the keys that have come, or waits for one. It appends nothing when it
// was woken.
func (st *stream) next(ctx context.Context, dst []ticker.Update, silence <-chan time.Time) ([]ticker.Update, error) {
	select {
	case e, ok := <-st.w.kw.Updates():
		return st.frame(dst, e, ok, false)
	default:
	}
	select {
	case <-ctx.Done():
		return dst, ctx.Err()
	case <-st.ending:
		return dst, errors.New("natskv: the stream is closed")
	case <-st.wake:
		return dst, nil
	case e, ok := <-st.w.kw.Updates():
		return st.frame(dst, e, ok, true)
	case <-silence:
		return dst, st.rang(time.Now())
	}
}

// rang decides what it means that the publisher was not heard in time.
func (st *stream) rang(now time.Time) error {
	if !st.spared && now.Sub(st.due) > grace {
		st.spared = true
		st.listen(now, grace)
		return nil
	}
	st.w.mu.Lock()
	defer st.w.mu.Unlock()
	st.silent = true
	return fmt.Errorf("%w: bucket %q, %v without a heartbeat", ErrSilent, st.w.s.bucket, st.w.s.opts.Lease)
}

// Subscribe implements exchange.Subscriber. It asks nothing of the server, since all
// keys are watched.
func (st *stream) Subscribe(_ context.Context, add, drop []exchange.Listing) error {
	w := st.w
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range drop {
		w.replica.drop(l.Market)
	}
	for _, l := range add {
		w.replica.carry(l.Market)
		st.todo = append(st.todo, l.Market)
	}
	st.rouse()
	return nil
}

// Close implements exchange.Stream.
func (st *stream) Close() error {
	st.once.Do(func() {
		close(st.ending)
		st.cancel()
		st.wg.Wait()
		st.silence.Stop()
		st.w.mu.Lock()
		silent := st.silent
		st.w.mu.Unlock()
		st.w.s.closed(st, silent)
		st.w.stop()
	})
	return nil
}
