package keyed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// Name is the exchange's name.
const Name = "keyed"

// Variant says how the exchange tells its tickers. The zero value tells each
// change of trades and quotes, and answers all groups by REST, with order keys.
type Variant struct {
	// Quote says how quotes are told. If zero, each change. Those OnTrade have the
	// trade's key.
	Quote ticker.Told
	// CacheAge is what the adapter declares for every REST answer.
	CacheAge time.Duration
	// Keyless: there are no order keys, and messages keep their order.
	Keyless bool
	// Initial: subscribing to a market is answered with its ticker, as the stream
	// told it last, and with the time of that answer.
	Initial bool
	// PerConnection is the most markets that one connection carries. If zero, any.
	PerConnection int
	// Fixed: a connection carries the markets of Connect and no others, ever.
	Fixed bool
}

func (v Variant) feed() ticker.Feed {
	quote := v.Quote
	if quote.Kind == ticker.Never {
		quote.Kind = ticker.EveryChange
	}
	quote.REST, quote.CacheAge = true, v.CacheAge
	return ticker.Feed{
		Trade: ticker.Told{Kind: ticker.EveryChange, REST: true, CacheAge: v.CacheAge},
		Quote: quote,
		Stats: ticker.Told{Kind: ticker.Never, REST: true, CacheAge: v.CacheAge},
	}
}

// Source is the adapter.
type Source struct {
	v    Variant
	o    *exchange.Options
	rest *exchange.REST
	ws   *exchange.WebSocket
}

// New returns an adapter for that variant. It asks ten times a second unless the
// Options bring a Budget.
func New(v Variant, o *exchange.Options) *Source {
	o = o.WithDefaults(exchange.Options{Budget: exchange.NewBudget(10, 5)})
	s := &Source{v: v, o: o, rest: exchange.NewREST(Name, o, "")}
	s.ws = s.table()
	return s
}

// Name returns "keyed".
func (s *Source) Name() string { return Name }

// Feed says what the variant says.
func (s *Source) Feed() exchange.Feed {
	return exchange.Feed{
		Feed: s.v.feed(), Idle: 5 * time.Second, PerConnection: s.v.PerConnection,
		Budget: s.o.Budget, Connects: s.o.Connects,
	}
}

// Replay implements exchange.Replayer.
func (s *Source) Replay(ms []exchange.Listing) exchange.ParseFunc { return s.ws.Replay(ms) }

// Markets asks for the list.
func (s *Source) Markets(ctx context.Context) ([]exchange.Listing, error) {
	var all []message
	if _, err := s.get(ctx, "/markets", &all); err != nil {
		return nil, err
	}
	var out []exchange.Listing
	for _, m := range all {
		l := exchange.Listing{Market: ticker.Market(m.Market), Symbol: m.Market, RESTSymbol: m.Market, Trading: m.Trading}
		if m.Volume != "" {
			v, err := decimal.Parse(m.Volume)
			if err != nil {
				return nil, fmt.Errorf("%s: volume of %s: %w", Name, m.Market, err)
			}
			l.Volume = v
		}
		out = append(out, l)
	}
	return out, nil
}

// Snapshot asks for all tickers.
func (s *Source) Snapshot(ctx context.Context) ([]ticker.Update, error) {
	var all []message
	age, err := s.get(ctx, "/tickers", &all)
	if err != nil {
		return nil, err
	}
	var us []ticker.Update
	var bad []error
	for i := range all {
		u, err := all[i].update()
		if err != nil {
			bad = append(bad, exchange.NewFrameError(Name, u.Market, nil, err))
			continue
		}
		u.Age = age
		us = append(us, u)
	}
	return us, errors.Join(bad...)
}

// Fetch asks for one market's ticker.
func (s *Source) Fetch(ctx context.Context, l exchange.Listing) (ticker.Update, error) {
	var m message
	age, err := s.get(ctx, "/ticker?market="+url.QueryEscape(l.RESTSymbol), &m)
	var status *exchange.StatusError
	if errors.As(err, &status) && status.Status == http.StatusNotFound {
		return ticker.Update{}, fmt.Errorf("%w %s: %w", exchange.ErrUnknownMarket, l.Market, err)
	}
	if err != nil {
		return ticker.Update{}, err
	}
	u, err := m.update()
	if err == nil && u.Market != l.Market {
		err = fmt.Errorf("answer is about %s", u.Market)
	}
	if err != nil {
		return ticker.Update{}, fmt.Errorf("%s: %s: %w", Name, l.Market, err)
	}
	u.Age = age
	return u, nil
}

func (s *Source) get(ctx context.Context, path string, into any) (age time.Duration, err error) {
	a, err := s.rest.Get(ctx, path, 1)
	if err != nil {
		return 0, err
	}
	if err := json.Unmarshal(a.Body, into); err != nil {
		return 0, fmt.Errorf("%s: GET %s: %w", Name, path, err)
	}
	return a.Age, nil
}

// CloseIdleConnections is as exchange.REST's.
func (s *Source) CloseIdleConnections() { s.rest.CloseIdleConnections() }
