package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"
)

// REST asks one exchange's REST API, within limits of time and size and at the
// pace of the budget. Make one with NewREST. Its methods may be called from
// several goroutines at once.
type REST struct {
	name   string
	base   string
	o      *Options
	client *http.Client
	done   func()
	dates  dates
	limits limits
}

// NewREST returns a helper for the exchange of that name, whose errors begin
// with it. It asks at o.RESTURL, at defaultURL where that is empty; o may be nil.
func NewREST(name string, o *Options, defaultURL string) *REST {
	o = o.WithDefaults(Options{RESTURL: defaultURL}).complete()
	r := &REST{name: name, base: strings.TrimSuffix(o.RESTURL, "/"), o: o}
	r.client, r.done = o.client()
	r.dates.start = time.Now()
	return r
}

// Answer is a REST answer with status 200.
type Answer struct {
	Body     []byte
	Header   http.Header
	Received time.Time // when its headers were read here
	// Age is how old the answer says it is: the larger of its Age header and a
	// second, which that rounds down, and of
	// what its Date header reveals. A Date is as old as the time between it and
	// Received less the least such time among this REST's answers, so that
	// neither clock needs to be right, and less a second, which is its grain. It
	// is never negative, and zero where the headers say nothing.
	Age time.Duration
}

// Get asks for a path, which may have a query, when the budget allows a request
// of that cost. It is given up after RequestTimeout, counted from its sending.
//
// A status of 429 or 418 is a *RateLimitError and pauses the budget, for as long
// as Retry-After says; without it for one second, and for twice as long as
// before, up to a minute, each time that happens until an answer comes. Any other
// status than 200 is a *StatusError, with 401 and 410 a Permanent one. An answer that is longer than MaxBody, or
// HTML, is an error, and so is a redirect to another host or from https to http.
func (r *REST) Get(ctx context.Context, path string, cost int) (*Answer, error) {
	if err := r.o.Budget.wait(ctx, cost); err != nil {
		return nil, err
	}
	a, err := r.ask(ctx, r.base+path, cost)
	record(ctx, path, a, err)
	if err == nil {
		r.limits.passed()
		return a, nil
	}
	var limit *RateLimitError
	if errors.As(err, &limit) {
		r.o.Budget.Pause(r.limits.pause(limit.RetryAfter))
	}
	return nil, fmt.Errorf("%s: GET %s: %w", r.name, brief(path, 100), err)
}

// Limited pauses the budget as a 429 does. An adapter calls it with the error it
// is about to return where an exchange tells its limit otherwise than by a status.
func (r *REST) Limited(e *RateLimitError) {
	r.limits.notPassed()
	r.o.Budget.Pause(r.limits.pause(e.RetryAfter))
}

// CloseIdleConnections closes the connections kept for the next request, so that
// nothing is left of a REST that will not be used any more. It does nothing to an
// HTTP client that came with the Options: that is its owner's to do.
func (r *REST) CloseIdleConnections() { r.done() }

func (r *REST) ask(ctx context.Context, address string, cost int) (*Answer, error) {
	bounded, cancel := context.WithTimeoutCause(ctx, r.o.RequestTimeout, &timeoutError{r.o.RequestTimeout})
	defer cancel()
	req, err := http.NewRequestWithContext(r.paysAgain(bounded, cost), http.MethodGet, address, nil)
	if err != nil {
		return nil, Permanent(errors.New("malformed address")) // err would spell out a password in it
	}
	req.Header.Set("User-Agent", r.o.UserAgent)
	req.Header.Set("Accept", "application/json")
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, because(bounded, err)
	}
	defer resp.Body.Close()
	a := &Answer{Header: resp.Header, Received: time.Now()}
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxStatusBody))
		return nil, refusal(resp.StatusCode, resp.Header, body)
	}
	most := min(r.o.MaxBody, math.MaxInt64-1)
	a.Body, err = io.ReadAll(io.LimitReader(resp.Body, most+1))
	switch {
	case err != nil:
		return nil, because(bounded, err)
	case int64(len(a.Body)) > most:
		return nil, fmt.Errorf("answer longer than %d bytes", most)
	case bytes.HasPrefix(bytes.TrimLeft(a.Body, " \t\r\n"), []byte("<")):
		return nil, fmt.Errorf("answered with HTML: %s", clip(a.Body, 64))
	}
	a.Age = r.dates.age(a.Header, a.Received)
	return a, nil
}

// paysAgain has whatever net/http sends beyond the first request pay as that did:
// a redirect, or the same once more when a kept connection was closed under it.
func (r *REST) paysAgain(ctx context.Context, cost int) context.Context {
	sent := 0
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GetConn: func(string) {
		if sent++; sent > 1 {
			_ = r.o.Budget.wait(ctx, cost) // what fails it, the context's end, fails the request too
		}
	}})
}

// because prefers what ended the context to what that led to, and strips what
// net/http says of the address, which stands before it already and may be secret.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
