package exchange

import (
	"context"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/internal/wsconn"
	"github.com/tickersync/tickersync/ticker"
)

// Listing is one market as its exchange lists it.
type Listing struct {
	Market     ticker.Market
	Symbol     string          // the websocket's spelling of the market
	RESTSymbol string          // the REST API's spelling of it
	Trading    bool            // listed but not trading: it is refused, never asked for
	Volume     decimal.Decimal // of the last 24 hours, in any one unit; zero where the list does not say
}

// Feed declares what a Source's stream tells and which limits its exchange sets.
type Feed struct {
	ticker.Feed
	// Idle is the longest time without data or heartbeat after which a
	// connection is taken for dead and cut. If zero, silence never cuts it.
	Idle time.Duration
	// Quiet is for an exchange without heartbeats, where silence proves nothing.
	// After Idle a REST answer decides: the connection is cut if it tells of a
	// change that the stream should have told, and does not tell within the
	// feed's delay and two seconds. Otherwise it is looked at again after Idle.
	Quiet bool
	// MaxAge is the age at which the exchange cuts a connection; zero: none.
	MaxAge time.Duration
	// PerConnection is the most markets one connection may carry; zero: no limit.
	PerConnection int
	// Budget paces the REST requests of the source. Nil never waits.
	Budget *Budget
	// Connects paces the connections of the source: attempts, counted as they
	// begin. If nil, the engines open ten at once and then one in two seconds.
	Connects *Budget
}

// Source is one exchange, as an adapter offers it. Its methods may be called
// from several goroutines at once. Every error that can get better is retried by
// the engines; what cannot is marked with Permanent, and a limit that was hit is
// a *RateLimitError.
type Source interface {
	// Name is the exchange's name, in lower case: "coinbase".
	Name() string
	// Feed says what the stream tells, and the exchange's limits.
	Feed() Feed
	// Markets lists the markets of the exchange, those that do not trade included.
	Markets(ctx context.Context) ([]Listing, error)
	// Connect opens one connection that carries the markets, and returns when
	// the exchange has acknowledged the subscription, or after the handshake
	// where it never does. Tickers that came meanwhile are the Stream's first. Markets
	// that the exchange refused are named in a *RefusedError beside a usable
	// Stream; any other error comes with a nil Stream.
	Connect(ctx context.Context, ms []Listing) (Stream, error)
}

// Stream is one open connection. One goroutine reads it; Close may be called
// from any.
type Stream interface {
	// Read appends what one frame tells to dst and returns it, in the exchange's
	// order. Nothing appended and no error: a heartbeat, which proves that data
	// flows. Frames that prove nothing (pongs, unknown types) are passed over.
	// A *FrameError costs that frame, or the rows of it that could not be read,
	// and no more; ErrEnding says that the stream will end soon; any other error
	// ends it.
	Read(ctx context.Context, dst []ticker.Update) ([]ticker.Update, error)
	// Close ends the connection and unblocks Read. It is idempotent.
	Close() error
}

// Subscriber is a Stream that can take further markets while it is open, and
// let go of some. Subscribe returns when the exchange has acknowledged, with the
// same errors as Source.Connect.
type Subscriber interface {
	Subscribe(ctx context.Context, add, drop []Listing) error
}

// Snapshotter is a Source that gives all tickers in ONE REST request.
type Snapshotter interface {
	// Snapshot asks for all tickers. A row that cannot be read costs that row:
	// it is named in a *FrameError beside the others.
	Snapshot(ctx context.Context) ([]ticker.Update, error)
}

// Fetcher is a Source that gives one market's ticker a REST request.
type Fetcher interface {
	// Fetch asks for one market. ErrUnknownMarket (wrapped) says that the
	// exchange does not serve it.
	Fetch(ctx context.Context, l Listing) (ticker.Update, error)
}

// IdleCloser is a Source that keeps REST connections for the next request. The
// engines close them at their end, so that nothing of a Run is left. Most adapters
// forward to REST.
type IdleCloser interface {
	CloseIdleConnections()
}

// Conn is a websocket connection as adapters see it: the seam between them and
// the library that carries it. The default is nhooyr.io/websocket; Options.Dial
// brings another. One goroutine reads; the other methods may be called from any.
type Conn interface {
	// Read reads one message and returns it appended to dst[:0]. When its
	// context ends the connection does too. Somebody must always be reading, or
	// pings from the other side go unanswered.
	Read(ctx context.Context, dst []byte) ([]byte, error)
	// Write writes one text message.
	Write(ctx context.Context, p []byte) error
	// Ping sends a ping and waits for its pong, which needs somebody to be in Read.
	Ping(ctx context.Context) error
	// Close ends the connection at once and unblocks Read. It is idempotent.
	Close() error
}

var _ Conn = (*wsconn.Conn)(nil)
