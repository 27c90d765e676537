package exchange

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/tickersync/tickersync/internal/wsconn"
)

// Options are what a program chooses for an adapter. The zero value and a nil
// *Options are ready. They may be given to several adapters; nothing may change
// them afterwards.
type Options struct {
	// HTTPClient asks the REST API and makes the websocket's handshake. If nil,
	// each adapter has one of its own that insists on TLS 1.2 or later and on a
	// valid certificate, and takes 256 KiB of headers. With either, no redirect to
	// another host, or from https to http, is followed.
	HTTPClient *http.Client
	// Dial opens a websocket: through a proxy, by another library, in memory.
	// If nil, nhooyr.io/websocket does, with HTTPClient. What it returns answers for
	// itself: MaxFrame and the rules of HTTPClient do not bind it.
	Dial func(ctx context.Context, url string) (Conn, error)
	// Logger is told changes of state. If nil, nobody is.
	Logger *slog.Logger
	// Budget paces the REST requests. If nil, each adapter has one of its own, as
	// its exchange allows. Give adapters the same one where they share a limit.
	Budget *Budget
	// Connects paces the attempts to open a websocket, of all connections
	// together. If nil, each adapter has one of its own, as its exchange allows.
	// Give adapters the same one where they share a limit.
	Connects *Budget
	// RESTURL and WebSocketURL replace the exchange's addresses. If zero, the
	// adapter's defaults.
	RESTURL, WebSocketURL string
	// UserAgent names the program to the exchange. If zero, it is this library's.
	UserAgent string
	// MaxBody is the longest REST answer taken, unpacked, in bytes. If zero, 32 MiB.
	MaxBody int64
	// MaxFrame is the longest websocket message taken, in bytes, however many frames
	// it comes in. If zero, 16 MiB. A longer one ends the connection.
	MaxFrame int64
	// RequestTimeout bounds one REST request, and one websocket handshake. If
	// zero, 10 seconds.
	RequestTimeout time.Duration
	// PingEvery is how often a websocket is pinged. If zero, every 15 seconds; if
	// negative, never, and then a dead socket is noticed by Feed.Idle alone.
	PingEvery time.Duration
	// PongWithin is how long a pong may take. If zero, 10 seconds. A later one
	// ends the connection; where the exchange has never answered a ping, only if
	// no other frame came meanwhile. So a dead socket is noticed within PingEvery
	// or PongWithin, whichever is longer, and PongWithin: in 25 seconds.
	PongWithin time.Duration
}

const userAgent = "tickersync (+https://github.com/tickersync/tickersync)"

// WithDefaults returns a copy whose zero fields are those of d. An adapter calls
// it with its own addresses and budget. It works on nil.
func (o *Options) WithDefaults(d Options) *Options {
	if o == nil {
		return &d
	}
	c := *o
	fill(&c.HTTPClient, d.HTTPClient)
	if c.Dial == nil {
		c.Dial = d.Dial
	}
	fill(&c.Logger, d.Logger)
	fill(&c.Budget, d.Budget)
	fill(&c.Connects, d.Connects)
	fill(&c.RESTURL, d.RESTURL)
	fill(&c.WebSocketURL, d.WebSocketURL)
	fill(&c.UserAgent, d.UserAgent)
	fill(&c.MaxBody, d.MaxBody)
	fill(&c.MaxFrame, d.MaxFrame)
	fill(&c.RequestTimeout, d.RequestTimeout)
	fill(&c.PingEvery, d.PingEvery)
	fill(&c.PongWithin, d.PongWithin)
	return &c
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// complete fills in everything but the client, the budgets and the addresses.
func (o *Options) complete() *Options {
	return o.WithDefaults(Options{
		Logger:         slog.New(slog.DiscardHandler),
		UserAgent:      userAgent,
		MaxBody:        32 << 20,
		MaxFrame:       wsconn.DefaultReadLimit,
		RequestTimeout: 10 * time.Second,
		PingEvery:      pingEvery,
		PongWithin:     pongWithin,
	})
}

// Log returns the logger, one that is silent if there is none. It works on nil.
func (o *Options) Log() *slog.Logger { return o.complete().Logger }

// Connect opens a websocket when Connects allows it: with Dial, or by a handshake
// that must be done within RequestTimeout and follows no redirect to another host.
// A refusal is a *StatusError or a *RateLimitError, which pauses Connects for as
// long as the exchange said, for a second if it did not. It works on nil.
func (o *Options) Connect(ctx context.Context, url string) (Conn, error) {
	o = o.complete()
	if err := o.Connects.wait(ctx, 1); err != nil {
		return nil, err
	}
	c, err := o.dial(ctx, url)
	if err == nil {
		return recorded(ctx, c, url), nil
	}
	var limit *RateLimitError
	if errors.As(err, &limit) {
		o.Connects.Pause(max(limit.RetryAfter, firstPause))
	}
	return nil, err
}

func (o *Options) dial(ctx context.Context, url string) (Conn, error) {
	if o.Dial != nil {
		return o.Dial(ctx, url)
	}
	client, done := o.client()
	defer done()
	bounded, cancel := context.WithTimeoutCause(ctx, o.RequestTimeout, &timeoutError{o.RequestTimeout})
	defer cancel()
	c, err := wsconn.Dial(bounded, url, wsconn.DialOptions{
		Client:    client,
		Header:    http.Header{"User-Agent": {o.UserAgent}},
		ReadLimit: o.MaxFrame,
	})
	if err == nil {
		return c, nil
	}
	var refused *wsconn.HandshakeError
	if errors.As(err, &refused) {
		err = refusal(refused.Status, refused.Header, refused.Body)
	}
	return nil, fmt.Errorf("exchange: connecting to %s: %w", place(url), because(bounded, err))
}

// client returns a copy of the client that stays with the host it asks, and what
// to call when it is no longer needed.
func (o *Options) client() (client *http.Client, done func()) {
	done = func() {}
	client = &http.Client{}
	if o.HTTPClient != nil {
		*client = *o.HTTPClient
	} else {
		t := &http.Transport{}
		if d, ok := http.DefaultTransport.(*http.Transport); ok {
			t = d.Clone()
		}
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		t.MaxResponseHeaderBytes = maxHeaders
		t.MaxIdleConnsPerHost = 16
		t.IdleConnTimeout = 30 * time.Second
		client.Transport, done = t, t.CloseIdleConnections
	}
	then := client.CheckRedirect
	client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		from := via[0].URL
		switch {
		case r.URL.Host != from.Host, r.URL.Scheme != "https" && r.URL.Scheme != from.Scheme:
			return fmt.Errorf("redirected elsewhere, to %s", place(r.URL.String()))
		case then != nil:
			return then(r, via)
		case len(via) >= 5:
			return errors.New("redirected five times")
		}
		return nil
	}
	return client, done
}

// timeoutError tells a bound of ours from an ended context of the caller.
type timeoutError struct{ after time.Duration }

func (e *timeoutError) Error() string { return fmt.Sprintf("no answer within %v", e.after) }
