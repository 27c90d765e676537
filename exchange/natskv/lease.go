package natskv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

const leaseVersion = 1

// lease is the value of the key "lease": which publisher may write the bucket. A
// holder changes it every quarter of its time. Whoever has seen no change for all
// of that time, by its own clock, may take it, with the next epoch. Every write
// says which revision it replaces, so of two who try one succeeds.
type lease struct {
	Version  int           `json:"version"`
	ID       string        `json:"id"`
	Token    string        `json:"token"` // of one call of Publish
	Epoch    uint64        `json:"epoch"`
	Renewed  uint64        `json:"renewed"` // how often
	Lasts    time.Duration `json:"lasts"`   // nanoseconds
	Released bool          `json:"released,omitempty"`
}

// cell is a value that is replaced only by who knows its revision.
type cell interface {
	get(ctx context.Context) (value []byte, rev uint64, err error)
	put(ctx context.Context, value []byte, rev uint64) (uint64, error)
}

// longest is how many times as long as ours another's lease may last: all that use a
// bucket have the same, and a number that nobody wrote on purpose must not keep it for ever.
const longest = 10

var (
	errTaken = errors.New("another has the lease")
	errLost  = errors.New("the lease is lost") // another has it, or it is gone
)

// tenant takes the lease, and holds it. Other goroutines than the one that does may
// call valid and check.
type tenant struct {
	cell  cell
	mine  lease
	floor uint64      // an epoch of the bucket; ours is later
	ready func() bool // whether a take-over would serve the readers well; if not it waits twice as long

	rev   uint64
	mu    sync.Mutex
	until time.Time // when others may take it, at the earliest
}

// take waits until the lease can be taken, and takes it. It gives up after errors
// for as long as the lease lasts.
func (t *tenant) take(ctx context.Context) error {
	var seen seen
	fine := time.Now()
	for {
		err := t.try(ctx, &seen)
		switch {
		case err == nil, errors.Is(err, ErrVersion):
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, errTaken), refused(err):
			fine = time.Now()
		case time.Since(fine) > t.mine.Lasts:
			return err
		}
		pause := t.mine.Lasts / 8
		if left := time.Until(seen.free); left > 0 {
			pause = min(pause, left)
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// seen is the revision of the lease that was last read, when it was first seen, and
// when it may be taken if it stays.
type seen struct {
	rev         uint64
	since, free time.Time
}

func (t *tenant) try(ctx context.Context, s *seen) error {
	ctx, cancel := context.WithTimeout(ctx, t.mine.Lasts/2)
	defer cancel()
	value, rev, err := t.cell.get(ctx)
	if err != nil {
		return err
	}
	if at := time.Now(); rev != s.rev || s.since.IsZero() {
		*s = seen{rev: rev, since: at}
	}
	now, err := parseLease(value)
	switch {
	case len(value) == 0: // there is none
	case errors.Is(err, ErrVersion):
		return err
	default:
		if s.free = s.since.Add(t.stands(&now)); time.Now().Before(s.free) {
			return errTaken
		}
	}
	return t.grab(ctx, max(now.Epoch, t.floor)+1, rev)
}

// stands is for how long a lease has to stand unchanged until it may be taken. What is
// none stands like one.
func (t *tenant) stands(now *lease) time.Duration {
	if now.Released || now.Token == t.mine.Token {
		return 0
	}
	wait := max(t.mine.Lasts, min(now.Lasts, longest*t.mine.Lasts))
	if t.ready != nil && !t.ready() {
		wait *= 2
	}
	return wait
}

// grab writes the lease as ours, with the given epoch.
func (t *tenant) grab(ctx context.Context, epoch, rev uint64) error {
	sent := time.Now()
	t.mine.Version, t.mine.Epoch, t.mine.Released = leaseVersion, epoch, false
	t.mine.Renewed++
	ctx, cancel := context.WithTimeout(ctx, t.mine.Lasts)
	defer cancel()
	rev, err := t.cell.put(ctx, t.mine.append(nil), rev)
	if err != nil {
		return err
	}
	t.rev = rev
	t.lasts(sent.Add(t.mine.Lasts))
	return nil
}

func (t *tenant) lasts(until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.until = until
}

// valid reports whether nobody else can have taken the lease.
func (t *tenant) valid() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return time.Now().Before(t.until)
}

// left is how long the lease lasts without a renewal.
func (t *tenant) left() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return time.Until(t.until)
}

// hold renews the lease until it is lost or ctx ends, and returns why.
func (t *tenant) hold(ctx context.Context) error {
	pause := t.mine.Lasts / 4
	for {
		if err := sleep(ctx, pause); err != nil {
			return err
		}
		pause = t.mine.Lasts / 4
		switch err := t.renew(ctx); {
		case err == nil:
		case errors.Is(err, errLost):
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case !t.valid():
			return fmt.Errorf("%w: it could not be renewed in time: %w", errLost, err)
		default:
			pause = t.mine.Lasts / 16
		}
	}
}

// renew renews the lease once. A put whose answer was lost may have succeeded.
func (t *tenant) renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, max(t.mine.Lasts/4, t.left()/2))
	defer cancel()
	err := t.grab(ctx, t.mine.Epoch, t.rev)
	if !refused(err) {
		return err
	}
	rev, err := t.check(ctx, t.mine.Epoch)
	if err != nil {
		return err
	}
	return t.grab(ctx, t.mine.Epoch, rev)
}

// check reads whether the lease is still ours, and returns its revision. It may be
// called from any goroutine.
func (t *tenant) check(ctx context.Context, epoch uint64) (uint64, error) {
	value, rev, err := t.cell.get(ctx)
	if err != nil {
		return 0, err
	}
	now, err := parseLease(value)
	switch {
	case len(value) == 0:
		return 0, fmt.Errorf("%w: it is gone from the bucket", errLost)
	case err != nil:
		return 0, fmt.Errorf("%w: %w", errLost, err)
	case now.Token != t.mine.Token || now.Epoch != epoch:
		return 0, fmt.Errorf("%w: %q has it, epoch %d", errLost, clip(now.ID), now.Epoch)
	}
	return rev, nil
}

// release gives the lease up, so that others need not wait.
func (t *tenant) release(ctx context.Context) error {
	t.lasts(time.Time{})
	t.mine.Released = true
	_, err := t.cell.put(ctx, t.mine.append(nil), t.rev)
	return err
}

func (l *lease) append(dst []byte) []byte {
	p, err := json.Marshal(l)
	if err != nil {
		panic(err) // it has nothing that JSON cannot write
	}
	return append(dst, p...)
}

// parseLease is the inverse of append.
func parseLease(value []byte) (lease, error) {
	var l lease
	err := parseJSON("lease", value, leaseVersion, &l)
	if err != nil {
		return lease{}, err
	}
	return l, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
