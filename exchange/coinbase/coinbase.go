package coinbase

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// Name is the exchange's name.
const Name = "coinbase"

// The exchange's addresses.
const (
	DefaultRESTURL      = "https://api.exchange.coinbase.com"
	DefaultWebSocketURL = "wss://ws-feed.exchange.coinbase.com"
)

// DefaultRate and DefaultBurst are the pace of REST requests where
// Options.Budget does not say. The exchange allows ten a second, and 15 at once.
const (
	DefaultRate  = 9 // requests a second
	DefaultBurst = 10
)

const (
	perConnection = 100              // products; the exchange names no limit, but says to spread them
	idle          = 15 * time.Second // heartbeats come every second
	ackWithin     = 5 * time.Second
	// cacheAge is assumed: no document says whether a cache answers for the API,
	// and lower trade ids than the stream's are known to come.
	cacheAge = time.Second

	// The exchange allows 100 frames a second of an address, and eight attempts to
	// connect with 20 at once. Some documents say eight frames.
	frameRate, frameBurst     = 8, 8
	connectRate, connectBurst = 4, 10
)

// Source is the adapter. Make one with New. Its methods may be called from
// several goroutines at once.
type Source struct {
	o    *exchange.Options
	rest *exchange.REST
	ws   exchange.WebSocket
}

// New returns an adapter. o may be nil.
func New(o *exchange.Options) *Source {
	s := &Source{o: o.WithDefaults(exchange.Options{
		RESTURL: DefaultRESTURL, WebSocketURL: DefaultWebSocketURL,
		Budget:   exchange.NewBudget(DefaultRate, DefaultBurst),
		Connects: exchange.NewBudget(connectRate, connectBurst),
	})}
	s.rest = exchange.NewREST(Name, s.o, DefaultRESTURL)
	s.ws = exchange.WebSocket{
		Name: Name, Options: s.o, Session: newSession, AckWithin: ackWithin,
		FrameRate: frameRate, FrameBurst: frameBurst,
	}
	return s
}

// Name returns "coinbase".
func (s *Source) Name() string { return Name }

// Feed says what the package comment says.
func (s *Source) Feed() exchange.Feed {
	return exchange.Feed{
		Feed: ticker.Feed{
			Trade: ticker.Told{Kind: ticker.EveryChange, REST: true, CacheAge: cacheAge},
			Quote: ticker.Told{Kind: ticker.OnTrade, REST: true, CacheAge: cacheAge},
			Stats: ticker.Told{Kind: ticker.OnTrade},
		},
		Idle: idle, PerConnection: perConnection, Budget: s.o.Budget, Connects: s.o.Connects,
	}
}

// Markets asks for the list: GET /products. Products that are not spelled
// BASE-QUOTE are passed over; Options.Logger is told of each at debug level.
func (s *Source) Markets(ctx context.Context) ([]exchange.Listing, error) {
	const path = "/products"
	a, err := s.rest.Get(ctx, path, 1)
	if err != nil {
		return nil, err
	}
	ls, skipped, err := readProducts(a.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: GET %s: %w", Name, path, err)
	}
	for id, reason := range skipped {
		s.o.Log().Debug("product passed over", "exchange", Name, "id", id, "reason", reason)
	}
	return ls, nil
}

// Connect subscribes to the channels ticker and heartbeat of each market.
func (s *Source) Connect(ctx context.Context, ms []exchange.Listing) (exchange.Stream, error) {
	return s.ws.Connect(ctx, ms)
}

// Replay implements exchange.Replayer.
func (s *Source) Replay(ms []exchange.Listing) exchange.ParseFunc { return s.ws.Replay(ms) }

// Fetch asks for one ticker: GET /products/BTC-USD/ticker.
func (s *Source) Fetch(ctx context.Context, l exchange.Listing) (ticker.Update, error) {
	path := "/products/" + url.PathEscape(l.RESTSymbol) + "/ticker"
	a, err := s.rest.Get(ctx, path, 1)
	var status *exchange.StatusError
	switch {
	case errors.As(err, &status) && isUnknown(status):
		return ticker.Update{}, fmt.Errorf("%w %s: %w", exchange.ErrUnknownMarket, l.Market, err)
	case err != nil:
		return ticker.Update{}, err
	}
	u, bad, err := readAnswer(a.Body)
	if err != nil {
		return ticker.Update{}, fmt.Errorf("%s: GET %s: %w", Name, path, err)
	}
	if bad != nil {
		s.o.Log().Debug("part of an answer could not be read", "exchange", Name, "market", l.Market, "err", bad)
	}
	u.Market, u.Age = l.Market, a.Age
	return u, nil
}

// isUnknown reports whether the exchange says that it does not serve a product. A
// status of 400 says many things, such as that the client does not name itself.
func isUnknown(e *exchange.StatusError) bool {
	switch e.Status {
	case http.StatusNotFound:
		return true
	case http.StatusBadRequest:
		return readComplaint([]byte(e.Body)).aboutTheProduct()
	}
	return false
}

// CloseIdleConnections closes the connections kept for the next REST request, as
// that of exchange.REST does. A Source needs no other closing.
func (s *Source) CloseIdleConnections() { s.rest.CloseIdleConnections() }
