package simexchange

import (
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"github.com/tickersync/tickersync/ticker"
)

// Dialect is how one exchange speaks: the small part that makes a Server talk
// like it. The Server calls it, and its Sessions, one call at a time and never
// from two goroutines; they must not wait, nor call the Server's own methods.
type Dialect interface {
	// Traits says what kind of exchange it is. It is asked once.
	Traits() Traits
	// REST answers a request from a view of the truth, whose values it must use.
	// What it writes reaches the client later.
	REST(w http.ResponseWriter, r *http.Request, v *View)
	// Fail writes the exchange's answer for a status that a fault or a limit
	// imposes, in its own shape: body, and the status it uses for that (some
	// answer 200 to everything). A Retry-After header is set already.
	Fail(w http.ResponseWriter, r *http.Request, status int)
	// Connect takes a websocket's handshake: the other side of the connection,
	// or nil and the status to refuse it with.
	Connect(r *http.Request) (Session, int)
}

// Doorkeeper is a Dialect whose handshakes depend on what the exchange lists,
// where the address says the market. Admit is called before Connect, and returns
// the status to refuse a handshake with, or 0.
type Doorkeeper interface {
	Admit(r *http.Request, v *View) int
}

// Session is the exchange's side of one websocket connection, made by a Dialect.
// It writes with Conn.Send.
type Session interface {
	// Open is called once, when the connection is.
	Open(c *Conn)
	// Receive takes a frame from the client: it subscribes, acknowledges,
	// refuses.
	Receive(c *Conn, frame []byte)
	// Tell writes what the exchange sends when markets have changed: for each
	// the groups to be told, of those that the connection subscribed to.
	Tell(c *Conn, us []ticker.Update)
	// Beat writes the heartbeat, if there is one. Traits says how often.
	Beat(c *Conn)
}

// ListWatcher is a Session that tells when a market is listed, delisted, halted
// or resumed.
type ListWatcher interface {
	Listed(c *Conn, m Market)
}

// Traits is what a Server must know of an exchange.
type Traits struct {
	// Markets are those listed where Config does not say.
	Markets []ticker.Market
	// Feed says how each group is told; the Server tells them so. Only groups
	// that it reports change. The cache's age is simulated by CacheREST only.
	Feed ticker.Feed
	// Heartbeat is how often Session.Beat is called. If zero, never.
	Heartbeat time.Duration
	// RESTPath and WebSocketPath follow the server's address in RESTURL and
	// WebSocketURL: "/ticker_feed".
	RESTPath, WebSocketPath string
	// Limit and Burst bound the REST requests; those above are answered with
	// Fail(429). A zero Limit is none. Weight says what a request costs; if nil,
	// one.
	Limit  rate.Limit
	Burst  int
	Weight func(*http.Request) int
	// ReadLimit is the longest frame a client may send, in bytes; a longer one
	// ends the connection. If zero, 1 MiB.
	ReadLimit int64
	// MaxAge is the age at which the exchange cuts a connection. If zero, none.
	MaxAge time.Duration
	// PingEvery is how often the exchange pings a connection; a pong that takes
	// longer than PongWithin ends it. If zero, never.
	PingEvery, PongWithin time.Duration
	// Halts: the list of markets says which do not trade.
	Halts bool
	// Fixed: the exchange has no list of markets, so that a client cannot know
	// when one is listed or delisted. The simulation then leaves them alone.
	Fixed bool
	// PriceDecimals is the most decimals that a price has on its wire, where that
	// counts in a smallest unit. If zero, prices have any.
	PriceDecimals int
	// Unordered allows Shuffle and Echo: the stream carries order keys.
	Unordered bool
}
