package exchange

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/time/rate"

	"github.com/tickersync/tickersync/ticker"
)

// WebSocket is what an ordinary exchange's websocket needs beside its Session: a
// table, of which a Source keeps one. Its Connect is the Source's. Nothing may
// change it once that is called; it may be called from several goroutines at once,
// for each opens a connection of its own.
type WebSocket struct {
	// Name is the exchange's, and begins every error.
	Name string
	// Options are the Source's. If nil, the defaults.
	Options *Options
	// URL returns the address that carries the markets, where the address is the
	// subscription. If nil, it is Options.WebSocketURL, and the Streams are
	// Subscribers.
	URL func(ms []Listing) string
	// Session begins the session of a new connection.
	Session func(sub *Subscription) Session
	// FrameRate is how many frames a second one connection may send, FrameBurst
	// how many at once, at least one. If zero, any number.
	FrameRate  rate.Limit
	FrameBurst int
	// AckWithin is how long the exchange may leave a subscription without any
	// answer, once its frames are sent. If zero, 10 seconds.
	AckWithin time.Duration
	// Keepalive is a frame that is sent every KeepaliveEvery, where the exchange
	// wants one beside websocket pings. If either is zero, none is.
	Keepalive      []byte
	KeepaliveEvery time.Duration
}

// Session is one connection's side of the talk with an exchange, as an adapter
// writes it. What it keeps, such as halves of tickers, belongs to that connection
// and dies with it. Its methods are called one at a time, and must not wait.
type Session interface {
	// Subscribe asks for the markets in add, with Subscription.Send, and says
	// with Subscription.Await what will acknowledge each; without that a market
	// counts as acknowledged. It asks no longer for those in drop.
	Subscribe(add, drop []Listing)
	// Parse reads one frame, as ParseFunc says, and tells the Subscription what
	// it acknowledges and refuses. An error that is no *FrameError ends the
	// connection: where the exchange asks to reconnect, say.
	Parse(frame []byte, dst []ticker.Update) (us []ticker.Update, proves bool, err error)
}

// Connect opens a connection and subscribes to the markets; see Source. A market
// that is left without an answer is refused as "not acknowledged" if any other
// is acknowledged; if none is, that is an error.
func (w *WebSocket) Connect(ctx context.Context, ms []Listing) (Stream, error) {
	s, err := w.open(ctx, ms)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", w.Name, err)
	}
	err = s.first(ctx, ms)
	var refused *RefusedError
	if err != nil && !errors.As(err, &refused) {
		_ = s.Close()
		return nil, fmt.Errorf("%s: %w", w.Name, err)
	}
	if w.URL != nil {
		return struct{ Stream }{s}, err // which is no Subscriber
	}
	return s, err
}

func (w *WebSocket) open(ctx context.Context, ms []Listing) (*socket, error) {
	o := w.Options.complete()
	url := o.WebSocketURL
	if w.URL != nil {
		url = w.URL(ms)
	}
	conn, err := o.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	return newSocket(w, conn), nil
}

func (w *WebSocket) ackWithin() time.Duration {
	if w.AckWithin > 0 {
		return w.AckWithin
	}
	return 10 * time.Second
}
