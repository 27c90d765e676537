package natskv

import (
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// batch is how many keys one frame is made of at most.
const batch = 256

// frame takes a key that has come, and those that wait behind it, up to one that
// cannot be read. prompt: the first was waited for.
func (st *stream) frame(dst []ticker.Update, e jetstream.KeyValueEntry, ok, prompt bool) ([]ticker.Update, error) {
	w, now := st.w, time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	defer st.heard(now)
	dst, st.words = append(dst, st.words...), nil
	for n := 1; ; n++ {
		if !ok {
			return dst, fmt.Errorf("natskv: bucket %q: %w", w.s.bucket, errEnded)
		}
		var measure bool
		var err error
		if dst, measure, err = w.take(dst, e, now, prompt); measure {
			st.measure()
		}
		switch {
		case errors.Is(err, errAnew):
			return dst, fmt.Errorf("natskv: bucket %q: %w", w.s.bucket, err)
		case err != nil:
			return dst, w.bad(e, err)
		}
		if prompt = false; n == batch {
			return dst, nil
		}
		select {
		case e, ok = <-w.kw.Updates():
		default:
			return dst, nil
		}
	}
}

// heard sets the silence anew, if the publisher was heard.
func (st *stream) heard(now time.Time) {
	if beats := st.w.replica.beats; beats != st.beats {
		st.beats, st.spared = beats, false
		st.listen(now, st.w.s.opts.Lease)
	}
}

// take takes one key. measure: see beat.
func (w *watching) take(dst []ticker.Update, e jetstream.KeyValueEntry, now time.Time, prompt bool) (told []ticker.Update, measure bool, err error) {
	if e == nil {
		return dst, false, nil // the watch's mark of its beginning
	}
	due := w.replica.pass(e.Delta())
	switch {
	case e.Operation() != jetstream.KeyValuePut: // of a market that was removed long ago, or by somebody else
	case e.Key() == statusKey:
		dst, measure, err = w.status(dst, e, now, prompt)
	default:
		dst, err = w.key(dst, e, now)
	}
	if due {
		dst = w.replica.release(dst, now)
	}
	return dst, measure, err
}

// status takes a heartbeat.
func (w *watching) status(dst []ticker.Update, e jetstream.KeyValueEntry, now time.Time, prompt bool) (told []ticker.Update, measure bool, err error) {
	b, err := parseBeat(e.Value())
	if err != nil {
		return dst, false, err
	}
	if !prompt {
		now = time.Now() // it may have come since the frame was begun
	}
	w.beat = &b
	w.s.heard(b.Exchange)
	return w.replica.beat(dst, &b, e.Revision(), e.Delta(), now, prompt)
}

// key takes any other key.
func (w *watching) key(dst []ticker.Update, e jetstream.KeyValueEntry, now time.Time) ([]ticker.Update, error) {
	switch m, ok := keyMarket(e.Key()); {
	case ok:
		return w.replica.record(dst, m, e.Value(), e.Revision(), now)
	case e.Key() == leaseKey:
		return dst, nil
	}
	return dst, fmt.Errorf("%w: no key of ours", ErrForeign)
}

// bad names a value that cannot be read.
func (w *watching) bad(e jetstream.KeyValueEntry, err error) error {
	m, _ := keyMarket(e.Key())
	return exchange.NewFrameError(w.s.Name(), m, e.Value(), fmt.Errorf("key %.64q: %w", e.Key(), err))
}
