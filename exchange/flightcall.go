package exchange

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/tickersync/tickersync/internal/replay"
)

// flightCall is one call of Markets, Snapshot or Fetch.
type flightCall struct {
	r      *FlightRecorder
	n      int
	what   string
	market string
	asked  time.Time
	failed bool // a request of it did; under r.mu
}

type flightCallKey struct{}

// What an engine asks a Source for.
const (
	AskMarkets  = "markets"
	AskSnapshot = "snapshot"
	AskMarket   = "fetch"
)

// Asking returns a context for one call of a Source's Markets, Snapshot or Fetch,
// under which the requests of REST are recorded. The moment is that of asking.
func (r *FlightRecorder) Asking(ctx context.Context, what string, l Listing) context.Context {
	if r == nil {
		return ctx
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	c := &flightCall{r: r, n: r.calls, what: what, market: string(l.Market), asked: time.Now()}
	return context.WithValue(ctx, flightCallKey{}, c)
}

// Asked says what came of a call that was made with a context of Asking. An error
// although every request was answered is a failure: the answer could not be read.
// A *FrameError is left to whoever counts it.
func Asked(ctx context.Context, err error) {
	c, _ := ctx.Value(flightCallKey{}).(*flightCall)
	if c == nil || err == nil {
		return
	}
	c.r.mu.Lock()
	failed := c.failed
	c.r.mu.Unlock()
	var bad *FrameError
	if !failed && ctx.Err() == nil && !errors.As(err, &bad) && Unreadable(err) {
		c.r.Failed(BadFrame, err)
	}
}

// Unreadable reports whether an error of a Source whose requests were all answered
// means that an answer could not be read: it is neither a limit nor says that the
// market is unknown.
func Unreadable(err error) bool {
	var limit *RateLimitError
	return err != nil && !errors.As(err, &limit) && !errors.Is(err, ErrUnknownMarket)
}

// record records one request of a call, and what came of it.
func record(ctx context.Context, path string, a *Answer, err error) {
	c, _ := ctx.Value(flightCallKey{}).(*flightCall)
	if c == nil {
		return
	}
	rec := &replay.Record{T: replay.REST, Asked: replay.Time{Time: c.asked}, Call: c.n, For: c.what, Market: c.market, Path: path}
	var body []byte
	var status *StatusError
	var limit *RateLimitError
	switch {
	case err == nil:
		rec.Status = 200
		rec.Head = replay.Headers{Date: a.Header.Get("Date"), Age: a.Header.Get("Age")}
		body = bytes.Clone(a.Body)
	case errors.As(err, &status):
		rec.Status = status.Status
		body = []byte(status.Body)
		if errors.As(err, &limit) && limit.RetryAfter > 0 {
			rec.Head.RetryAfter = strconv.Itoa(int(limit.RetryAfter.Seconds()))
		}
	default:
		rec.Error = err.Error()
	}
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	c.failed = c.failed || err != nil
	c.r.answered(&entry{at: time.Now(), frame: body, other: rec})
}

// answered keeps the answer to a request. One to the last list of markets is kept
// until the next list.
func (r *FlightRecorder) answered(e *entry) {
	half := r.most() / 2
	if e.size() > half {
		e.frame, e.other.Cut = nil, true
	}
	if e.other.For != AskMarkets || e.other.Status != 200 {
		r.add(e)
		return
	}
	size := e.size()
	for _, o := range r.list {
		size += o.size()
	}
	if len(r.list) > 0 && (r.list[0].other.Call != e.other.Call || size > half) {
		for _, o := range r.list {
			r.used -= o.size()
		}
		r.list = nil
	}
	r.seq++
	e.seq = r.seq
	r.used += e.size()
	r.list = append(r.list, e)
	r.shrink()
}
