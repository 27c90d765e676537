package bitstamp

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
const Name = "bitstamp"

// The exchange's addresses.
const (
	DefaultRESTURL      = "https://www.bitstamp.net"
	DefaultWebSocketURL = "wss://ws.bitstamp.net"
)

// DefaultRate and DefaultBurst are the pace of REST requests where
// Options.Budget does not say. The exchange allows 10,000 in ten minutes.
const (
	DefaultRate  = 10 // requests a second
	DefaultBurst = 10
)

const (
	marketsPath = "/api/v2/markets/"
	pairsPath   = "/api/v2/trading-pairs-info/" // the older list of markets
	tickerPath  = "/api/v2/ticker/"

	perConnection = 512                    // markets, of two channels each
	maxAge        = 90 * 24 * time.Hour    // of a connection
	quoteDelay    = 500 * time.Millisecond // twice what was seen
	// cacheAge is 2 s of republishing and 1 s in the cache in front, as was seen,
	// and 2 s more, since nobody promises those.
	cacheAge = 5 * time.Second

	connectRate  = 0.5 // a second, and so many at once: our own choice, too
	connectBurst = 5

	frameRate  = 100 // a second, of our own choice
	frameBurst = 20  // as was seen to be taken
	ackWithin  = 15 * time.Second
	beatEvery  = 15 * time.Second
	idle       = 40 * time.Second // two heartbeats and an answer that is late
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
		Name: Name, Options: s.o, Session: newSession,
		FrameRate: frameRate, FrameBurst: frameBurst, AckWithin: ackWithin,
		Keepalive: []byte(`{"event":"bts:heartbeat"}`), KeepaliveEvery: beatEvery,
	}
	return s
}

// Name returns "bitstamp".
func (s *Source) Name() string { return Name }

// Feed says what the package comment says.
func (s *Source) Feed() exchange.Feed {
	return exchange.Feed{
		Feed: ticker.Feed{
			Trade: ticker.Told{Kind: ticker.EveryChange, REST: true, CacheAge: cacheAge},
			Quote: ticker.Told{Kind: ticker.Throttled, Delay: quoteDelay, REST: true, CacheAge: cacheAge},
			Stats: ticker.Told{Kind: ticker.Never, REST: true, CacheAge: cacheAge},
		},
		Idle: idle, MaxAge: maxAge, PerConnection: perConnection,
		Budget: s.o.Budget, Connects: s.o.Connects,
	}
}

// Markets asks for the list: GET /api/v2/markets/, and the older
// /api/v2/trading-pairs-info/ where there is none. What of it is no spot market is
// passed over; Options.Logger is told of each, with the reason, at debug level.
func (s *Source) Markets(ctx context.Context) ([]exchange.Listing, error) {
	path := marketsPath
	a, err := s.get(ctx, path)
	if isNotFound(err) {
		path = pairsPath
		a, err = s.get(ctx, path)
	}
	if err != nil {
		return nil, err
	}
	ls, skipped, err := readMarkets(a.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: GET %s: %w", Name, path, err)
	}
	for name, reason := range skipped {
		s.o.Log().Debug("market passed over", "exchange", Name, "name", name, "reason", reason)
	}
	return ls, nil
}

func isNotFound(err error) bool {
	var status *exchange.StatusError
	return errors.As(err, &status) && status.Status == http.StatusNotFound
}

// Connect subscribes to two channels of each market.
func (s *Source) Connect(ctx context.Context, ms []exchange.Listing) (exchange.Stream, error) {
	return s.ws.Connect(ctx, ms)
}

// Replay implements exchange.Replayer.
func (s *Source) Replay(ms []exchange.Listing) exchange.ParseFunc { return s.ws.Replay(ms) }

// Snapshot asks for all tickers: GET /api/v2/ticker/.
func (s *Source) Snapshot(ctx context.Context) ([]ticker.Update, error) {
	a, err := s.get(ctx, tickerPath)
	if err != nil {
		return nil, err
	}
	us, err := readTickers(a.Body)
	for i := range us {
		us[i].Age = a.Age
	}
	return us, err
}

// Fetch asks for one ticker: GET /api/v2/ticker/btcusd/. For a symbol that it
// does not know the exchange answers with those of all markets.
func (s *Source) Fetch(ctx context.Context, l exchange.Listing) (ticker.Update, error) {
	a, err := s.get(ctx, tickerPath+url.PathEscape(l.RESTSymbol)+"/")
	if isNotFound(err) {
		err = fmt.Errorf("%w %s: %w", exchange.ErrUnknownMarket, l.Market, err)
	}
	if err != nil {
		return ticker.Update{}, err
	}
	u, err := readTicker(a.Body, l.Market)
	u.Age = a.Age
	return u, err
}

// get asks for a path. A limit that was hit may be told in the body alone.
func (s *Source) get(ctx context.Context, path string) (*exchange.Answer, error) {
	a, err := s.rest.Get(ctx, path, 1)
	var (
		limit  *exchange.RateLimitError
		status *exchange.StatusError
		body   []byte
	)
	switch {
	case err == nil:
		body = a.Body
	case errors.As(err, &limit):
	case errors.As(err, &status):
		body = []byte(status.Body)
	}
	switch said := readComplaint(body); {
	case said == nil:
	case said.limits():
		limit = &exchange.RateLimitError{Err: said}
		s.rest.Limited(limit)
		return nil, fmt.Errorf("%s: GET %s: %w", Name, path, limit)
	case err == nil:
		return nil, fmt.Errorf("%s: GET %s: %w", Name, path, said)
	}
	return a, err
}

// CloseIdleConnections closes the connections kept for the next REST request, as
// that of exchange.REST does. A Source needs no other closing.
func (s *Source) CloseIdleConnections() { s.rest.CloseIdleConnections() }
