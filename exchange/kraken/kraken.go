package kraken

import (
	"context"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// Name is the exchange's name.
const Name = "kraken"

// The exchange's addresses.
const (
	DefaultRESTURL      = "https://api.kraken.com/0"
	DefaultWebSocketURL = "wss://ws.kraken.com/v2"
)

// Source is the adapter. Make one with New. Its methods may be called from
// several goroutines at once.
type Source struct {
	o     *exchange.Options
	rest  *exchange.REST
	ws    *exchange.WebSocket
	names atomic.Pointer[names] // of the last list
}

// New returns an adapter. It asks REST once a second and connects 140 times in 10
// minutes, at most; o may be nil.
func New(o *exchange.Options) *Source {
	o = o.WithDefaults(exchange.Options{
		RESTURL: DefaultRESTURL, WebSocketURL: DefaultWebSocketURL, Budget: exchange.NewBudget(1, 1),
		Connects: exchange.NewBudget(0.2, 20),
	})
	return &Source{
		o:    o,
		rest: exchange.NewREST(Name, o, DefaultRESTURL),
		ws: &exchange.WebSocket{
			Name: Name, Options: o, Session: newSession,
			FrameRate: 5, FrameBurst: 5, // nothing is published: this is civil
		},
	}
}

// Name returns "kraken".
func (s *Source) Name() string { return Name }

// Feed says what the table of the package says.
func (s *Source) Feed() exchange.Feed {
	return exchange.Feed{
		Feed: ticker.Feed{
			Trade: ticker.Told{Kind: ticker.EveryChange, REST: true},
			Quote: ticker.Told{Kind: ticker.EveryChange, REST: true},
			Stats: ticker.Told{Kind: ticker.OnTrade, REST: true},
		},
		Idle:     5 * time.Second,
		Budget:   s.o.Budget,
		Connects: s.o.Connects,
	}
}

// Markets lists the pairs that have a websocket name.
func (s *Source) Markets(ctx context.Context) ([]exchange.Listing, error) {
	result, _, err := s.get(ctx, "/public/AssetPairs?assetVersion=1")
	if err != nil {
		return nil, err
	}
	ls, known := readPairs(result)
	if len(ls) == 0 {
		return nil, fmt.Errorf("%s: a list without markets: %.64q", Name, result)
	}
	s.names.Store(&known)
	return ls, nil
}

// Connect opens a websocket and subscribes to the ticker and trade channels.
func (s *Source) Connect(ctx context.Context, ms []exchange.Listing) (exchange.Stream, error) {
	return s.ws.Connect(ctx, ms)
}

// Replay implements exchange.Replayer.
func (s *Source) Replay(ms []exchange.Listing) exchange.ParseFunc { return s.ws.Replay(ms) }

// Snapshot asks for all tickers.
func (s *Source) Snapshot(ctx context.Context) ([]ticker.Update, error) {
	result, age, err := s.get(ctx, "/public/Ticker?assetVersion=1")
	if err != nil {
		return nil, err
	}
	us, err := readTickers(result, s.known())
	for i := range us {
		us[i].Age = age
	}
	return us, err
}

// Fetch asks for one market's ticker.
func (s *Source) Fetch(ctx context.Context, l exchange.Listing) (ticker.Update, error) {
	result, age, err := s.get(ctx, "/public/Ticker?assetVersion=1&pair="+url.QueryEscape(l.RESTSymbol))
	if err != nil {
		return ticker.Update{}, err
	}
	u, err := readTicker(result, l.Market, s.known())
	u.Age = age
	return u, err
}

// get asks for the result of a request.
func (s *Source) get(ctx context.Context, path string) (result []byte, age time.Duration, err error) {
	a, err := s.rest.Get(ctx, path, 1)
	if err != nil {
		return nil, 0, err
	}
	result, err = readResult(a.Body)
	if limit, ok := err.(*exchange.RateLimitError); ok { //nolint:errorlint // it is not wrapped yet
		s.rest.Limited(limit)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%s: GET %s: %w", Name, path, err)
	}
	return result, a.Age, nil
}

// known returns the names of the last list; none before there was one.
func (s *Source) known() names {
	if n := s.names.Load(); n != nil {
		return *n
	}
	return nil
}

// CloseIdleConnections closes the connections kept for the next REST request.
func (s *Source) CloseIdleConnections() { s.rest.CloseIdleConnections() }
