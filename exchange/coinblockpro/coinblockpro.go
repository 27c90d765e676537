package coinblockpro

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// Name is the exchange's name.
const Name = "coinblockpro"

// The addresses of the notebook's server.
const (
	DefaultRESTURL      = "http://127.0.0.1:8000"
	DefaultWebSocketURL = "ws://127.0.0.1:8001/ticker_feed"
)

// DefaultRate and DefaultBurst are the pace of REST requests where
// Options.Budget does not say: two a second. The exchange names no limit.
const (
	DefaultRate  = 2 // requests a second
	DefaultBurst = 1
)

// The pace of connections where Options.Connects does not say.
const (
	connectRate  = 0.5 // a second
	connectBurst = 10
)

// Options are a program's choices. The zero value and a nil *Options are ready.
type Options struct {
	exchange.Options
	// Markets are the markets to keep, in the exchange's spelling: "etc_dot".
	// Others that it tells are passed over. If nil, the 45 of the notebook, and
	// others are reported as unknown.
	Markets []string
	// ReadList: the markets are those of GET /full_ticker, asked anew for each
	// list, and Markets is not read. So listings and delistings are seen.
	ReadList bool
}

// Source is the adapter. Make one with New. Its methods may be called from
// several goroutines at once.
type Source struct {
	o      *exchange.Options
	rest   *exchange.REST
	listed []exchange.Listing
	known  names
	err    error // what is wrong with the Options
}

// New returns an adapter. A market in the Options that is not spelled as one is
// reported by Markets and by Connect, as a permanent error.
func New(o *Options) *Source {
	if o == nil {
		o = &Options{}
	}
	s := &Source{o: o.Options.WithDefaults(exchange.Options{
		RESTURL: DefaultRESTURL, WebSocketURL: DefaultWebSocketURL,
		Budget:   exchange.NewBudget(DefaultRate, DefaultBurst),
		Connects: exchange.NewBudget(connectRate, connectBurst),
	})}
	s.rest = exchange.NewREST(Name, s.o, DefaultRESTURL)
	if o.ReadList {
		return s
	}
	all := o.Markets
	if all == nil {
		all = Markets()
	}
	for _, name := range all {
		l, ok := listing(name)
		if !ok {
			s.err = exchange.Permanent(fmt.Errorf("%s: %q is not spelled as a market: etc_dot is", Name, name))
			continue
		}
		s.listed = append(s.listed, l)
	}
	s.known = namesOf(s.listed, o.Markets != nil)
	return s
}

// Name returns "coinblockpro".
func (s *Source) Name() string { return Name }

// Feed says that every change of the last price is told, and nothing else.
func (s *Source) Feed() exchange.Feed {
	return exchange.Feed{
		Feed: ticker.Feed{
			Trade:  ticker.Told{Kind: ticker.EveryChange, REST: true},
			Settle: time.Second,
		},
		Idle: 30 * time.Second, Quiet: true,
		Budget: s.o.Budget, Connects: s.o.Connects,
	}
}

// Markets returns the markets of the Options, or those of GET /full_ticker.
func (s *Source) Markets(ctx context.Context) ([]exchange.Listing, error) {
	if s.known.of != nil || s.err != nil {
		return append([]exchange.Listing(nil), s.listed...), s.err
	}
	us, err := s.Snapshot(ctx)
	var bad *exchange.FrameError
	if err != nil && !errors.As(err, &bad) {
		return nil, err
	}
	ls := make([]exchange.Listing, len(us))
	for i := range us {
		ls[i], _ = listing(nameOf(us[i].Market))
	}
	return ls, nil
}

// Connect opens the websocket. There is nothing to subscribe to and no
// acknowledgement: every market is told on it. One that is not in ms is reported
// as unknown, row by row, unless the Options name the markets.
func (s *Source) Connect(ctx context.Context, ms []exchange.Listing) (exchange.Stream, error) {
	if s.err != nil {
		return nil, s.err
	}
	conn, err := s.o.Connect(ctx, s.o.WebSocketURL)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Name, err)
	}
	return exchange.NewStream(conn, s.o, nil, s.Replay(ms)), nil
}

// Replay implements exchange.Replayer.
func (s *Source) Replay(ms []exchange.Listing) exchange.ParseFunc {
	known := namesOf(ms, s.known.only)
	return func(frame []byte, dst []ticker.Update) ([]ticker.Update, bool, error) {
		us, err := parse(frame, dst, known)
		return us, true, err
	}
}

// Snapshot asks for all last prices: GET /full_ticker.
func (s *Source) Snapshot(ctx context.Context) ([]ticker.Update, error) {
	return s.get(ctx, "/full_ticker", s.known)
}

// Fetch asks for one market's last price: GET /single_ticker.
func (s *Source) Fetch(ctx context.Context, l exchange.Listing) (ticker.Update, error) {
	us, err := s.get(ctx, "/single_ticker?market="+url.QueryEscape(l.RESTSymbol), names{of: map[string]ticker.Market{l.RESTSymbol: l.Market}})
	switch {
	case err != nil:
		return ticker.Update{}, err
	case len(us) != 1:
		return ticker.Update{}, fmt.Errorf("%s: answer for %s holds %d markets", Name, l.Market, len(us))
	}
	return us[0], nil
}

// get asks for tickers. Rows that could not be read are named in the error,
// beside the others.
func (s *Source) get(ctx context.Context, path string, known names) ([]ticker.Update, error) {
	a, err := s.rest.Get(ctx, path, 1)
	if err != nil {
		return nil, err
	}
	var body map[string]json.RawMessage // a struct would take RESULT, too
	if err := json.Unmarshal(a.Body, &body); err != nil {
		return nil, fmt.Errorf("%s: GET %s: %w", Name, path, err)
	}
	result, ok := body["result"]
	if !ok {
		return nil, fmt.Errorf("%s: GET %s: answer without result", Name, path)
	}
	us, err := parse(result, nil, known)
	for i := range us {
		us[i].Age = a.Age
	}
	return us, err
}

// CloseIdleConnections closes the connections kept for the next REST request, as
// that of exchange.REST does. A Source needs no other closing.
func (s *Source) CloseIdleConnections() { s.rest.CloseIdleConnections() }
