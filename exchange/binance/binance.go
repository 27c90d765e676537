package binance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// Name is the exchange's name.
const Name = "binance"

// The addresses for market data, where Options do not say.
const (
	DefaultRESTURL      = "https://data-api.binance.vision"
	DefaultWebSocketURL = "wss://data-stream.binance.vision/stream"
)

// DefaultRate and DefaultBurst are the budget where Options do not say, in the
// exchange's weight: at most 3,100 of the 6,000 a minute that it allows.
const (
	DefaultRate  = 50 // a second
	DefaultBurst = 100
)

const (
	weightList  = 20
	weightAll   = 80
	weightLeave = 5000 // used by this address in a minute: the rest is left to others

	streamsPerConnection = 1024
	streamsPerMarket     = 2
)

// Source is the adapter. Make one with New. Its methods may be called from
// several goroutines at once.
type Source struct {
	o     *exchange.Options
	rest  *exchange.REST
	ws    *exchange.WebSocket
	table atomic.Pointer[table] // of the last list
}

// New returns an adapter; o may be nil. Its Budget counts the exchange's weight
// and must hold 80 at least.
func New(o *exchange.Options) *Source {
	o = o.WithDefaults(exchange.Options{
		RESTURL: DefaultRESTURL, WebSocketURL: DefaultWebSocketURL,
		Budget:         exchange.NewBudget(DefaultRate, DefaultBurst),
		Connects:       exchange.NewBudget(rate.Every(1250*time.Millisecond), 20), // 260 in five minutes
		RequestTimeout: 30 * time.Second,                                          // the list is of several megabytes
	})
	return &Source{
		o:    o,
		rest: exchange.NewREST(Name, o, DefaultRESTURL),
		ws: &exchange.WebSocket{
			Name: Name, Options: o, Session: newSession,
			FrameRate: 2, FrameBurst: 1, // and a ping and a pong: five in no second
		},
	}
}

// Name returns "binance".
func (s *Source) Name() string { return Name }

// Feed says how the groups are told; see the package.
func (s *Source) Feed() exchange.Feed {
	day := ticker.Told{Kind: ticker.Throttled, Delay: time.Second, REST: true, CacheAge: time.Second}
	return exchange.Feed{
		Feed: ticker.Feed{
			Trade: day,
			Quote: ticker.Told{Kind: ticker.EveryChange, REST: true, CacheAge: time.Second},
			Stats: day,
		},
		Idle:          20 * time.Second,
		MaxAge:        24 * time.Hour,
		PerConnection: (streamsPerConnection - 1) / streamsPerMarket,
		Budget:        s.o.Budget,
		Connects:      s.o.Connects,
	}
}

// Markets asks for the list: GET /api/v3/exchangeInfo.
func (s *Source) Markets(ctx context.Context) ([]exchange.Listing, error) {
	t, err := s.list(ctx)
	if err != nil {
		return nil, err
	}
	return append([]exchange.Listing(nil), t.listings...), nil
}

func (s *Source) list(ctx context.Context) (*table, error) {
	a, err := s.get(ctx, "/api/v3/exchangeInfo?showPermissionSets=false", weightList)
	if err != nil {
		return nil, err
	}
	t, err := readList(a.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: list of markets: %w", Name, err)
	}
	before := s.table.Load()
	t.follow(before)
	s.table.Store(t)
	if before == nil || len(before.skipped) != len(t.skipped) {
		for symbol, reason := range t.skipped {
			s.o.Log().Warn("market skipped", "exchange", Name, "symbol", symbol, "reason", reason)
		}
	}
	return t, nil
}

// Connect opens a connection and subscribes to both streams of each market.
func (s *Source) Connect(ctx context.Context, ms []exchange.Listing) (exchange.Stream, error) {
	return s.ws.Connect(ctx, ms)
}

// Replay implements exchange.Replayer.
func (s *Source) Replay(ms []exchange.Listing) exchange.ParseFunc { return s.ws.Replay(ms) }

// Snapshot asks for all tickers in one request: GET /api/v3/ticker/24hr. It leaves
// out those that the last list has as not trading, and those that no list has
// had; where there was no list yet, it asks for that first.
func (s *Source) Snapshot(ctx context.Context) ([]ticker.Update, error) {
	t := s.table.Load()
	if t == nil {
		var err error
		if t, err = s.list(ctx); err != nil {
			return nil, err
		}
	}
	a, err := s.get(ctx, "/api/v3/ticker/24hr", weightAll)
	if err != nil {
		return nil, err
	}
	us, err := readTickers(a.Body, t.trading)
	for i := range us {
		us[i].Age = a.Age
	}
	return us, err
}

// get asks for something of that weight, and leaves the exchange alone for the
// rest of the minute when this address has nearly used it up.
func (s *Source) get(ctx context.Context, path string, weight int) (*exchange.Answer, error) {
	a, err := s.rest.Get(ctx, path, weight)
	if err != nil {
		var status *exchange.StatusError
		if errors.As(err, &status) && status.Status == http.StatusUnavailableForLegalReasons {
			err = exchange.Permanent(err)
		}
		return nil, err
	}
	if used, err := strconv.Atoi(a.Header.Get("X-Mbx-Used-Weight-1m")); err == nil && used > weightLeave {
		left := time.Minute
		if date, err := http.ParseTime(a.Header.Get("Date")); err == nil {
			left -= time.Duration(date.Second()) * time.Second
		}
		s.o.Budget.Pause(left)
	}
	return a, nil
}

// CloseIdleConnections is as exchange.REST's. A Source needs no other closing.
func (s *Source) CloseIdleConnections() { s.rest.CloseIdleConnections() }
