package bl3p

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// Name is the exchange's name.
const Name = "bl3p"

// The exchange's addresses, while it had some.
const (
	DefaultRESTURL      = "https://api.bl3p.eu/1"
	DefaultWebSocketURL = "wss://api.bl3p.eu/1"
)

// DefaultRate and DefaultBurst are the pace of REST requests where
// Options.Budget does not say: 599 in ten minutes, of the 600 allowed.
const (
	DefaultRate  = 0.99 // requests a second
	DefaultBurst = 5
)

const (
	// settle is how long after its handshake a socket may begin to tell.
	settle = time.Second
	// idle is the silence after which REST is asked whether all is well.
	idle = time.Minute

	connectRate  = 0.5 // sockets a second, of our own choice: no limit is documented
	connectBurst = 4   // two markets
)

// Options are a program's choices. The zero value and a nil *Options are ready.
type Options struct {
	exchange.Options
	// Markets are the markets to keep, all quoted in EUR. If nil, BTC-EUR.
	Markets []ticker.Market
}

// Source is the adapter. Make one with New. Its methods may be called from
// several goroutines at once.
type Source struct {
	o      *exchange.Options
	rest   *exchange.REST
	listed []exchange.Listing
	err    error // what is wrong with the Options
}

// New returns an adapter. A market in the Options that cannot be one of the
// exchange is reported by Markets, as a permanent error.
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
	ms := o.Markets
	if ms == nil {
		ms = []ticker.Market{"BTC-EUR"}
	}
	for _, m := range ms {
		l, err := listing(m)
		s.listed, s.err = append(s.listed, l), errors.Join(s.err, err)
	}
	return s
}

// Name returns "bl3p".
func (s *Source) Name() string { return Name }

// Feed says that trades and quotes are told at each change, and that REST answers
// all groups.
func (s *Source) Feed() exchange.Feed {
	all := ticker.Told{Kind: ticker.EveryChange, REST: true}
	return exchange.Feed{
		Feed: ticker.Feed{
			Trade: all, Quote: all, Stats: ticker.Told{Kind: ticker.Never, REST: true},
			// Connect has waited: a frame of one socket says nothing of the other's beginning.
			Settle: time.Millisecond,
		},
		Idle: idle, Quiet: true,
		PerConnection: 1,
		Budget:        s.o.Budget,
		Connects:      s.o.Connects,
	}
}

// Markets returns the markets of the Options: the exchange has no list.
func (s *Source) Markets(context.Context) ([]exchange.Listing, error) {
	if s.err != nil {
		return nil, s.err
	}
	return append([]exchange.Listing(nil), s.listed...), nil
}

// Connect opens the two sockets of each market. A market is refused when the
// exchange answers the handshake with 400 or 404.
func (s *Source) Connect(ctx context.Context, ms []exchange.Listing) (exchange.Stream, error) {
	stream := newStream()
	refused, err := s.open(ctx, stream, ms)
	switch {
	case err != nil:
	case len(stream.sockets) > 0:
		err = stream.settle(ctx)
	default:
		stream.last()
	}
	if err != nil {
		_ = stream.Close()
		return nil, err
	}
	if len(refused) > 0 {
		return stream, &exchange.RefusedError{Markets: refused}
	}
	return stream, nil
}

// open adds the sockets to the stream, and returns the markets that were refused.
func (s *Source) open(ctx context.Context, into *stream, ms []exchange.Listing) (map[ticker.Market]string, error) {
	refused := make(map[ticker.Market]string)
	for i, l := range ms {
		for n, channel := range [...]string{"trades", "orderbook"} {
			path := l.Symbol + "/" + channel
			conn, err := s.o.Connect(ctx, s.o.WebSocketURL+"/"+path)
			if why := refusal(err); why != "" && n == 0 {
				refused[l.Market] = why
				break
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", Name, path, err)
			}
			into.add(path, exchange.NewStream(conn, s.o, nil, s.Replay(ms[i:i+1])))
		}
	}
	return refused, nil
}

// refusal says why a handshake was refused, where another would be too: the
// exchange does not serve the market. Which status says so is not documented.
func refusal(err error) string {
	var status *exchange.StatusError
	switch code := said(err); {
	case code != nil && code.code == unknownMarket:
		return code.Error()
	case errors.As(err, &status) && (status.Status == http.StatusBadRequest || status.Status == http.StatusNotFound):
		return status.Error()
	}
	return ""
}

// said returns what the exchange gives as the reason of an error, nil if nothing.
func said(err error) (code *codeError) {
	var status *exchange.StatusError
	if errors.As(err, &status) {
		_, err = readTicker([]byte(status.Body), exchange.Listing{})
	}
	errors.As(err, &code)
	return code
}

// Replay returns what reads the frames of one socket, or of several recorded as
// one, where they name their market.
func (s *Source) Replay(ms []exchange.Listing) exchange.ParseFunc {
	r := &reader{markets: ms}
	return func(frame []byte, dst []ticker.Update) ([]ticker.Update, bool, error) {
		us, err := r.read(frame, dst)
		return us, false, err
	}
}

// Fetch asks for one market's ticker: GET /BTCEUR/ticker. An error says what it
// is by its code, with a status of its own or with 200.
func (s *Source) Fetch(ctx context.Context, l exchange.Listing) (ticker.Update, error) {
	a, err := s.rest.Get(ctx, "/"+l.RESTSymbol+"/ticker", 1)
	var u ticker.Update
	if err == nil {
		if u, err = readTicker(a.Body, l); err == nil {
			u.Age = a.Age
			return u, nil
		}
		err = fmt.Errorf("%s: %s: %w", Name, l.Market, err)
	}
	var limit *exchange.RateLimitError
	switch code := said(err); {
	case code == nil || errors.As(err, &limit):
	case code.code == unknownMarket:
		err = fmt.Errorf("%w %s: %w", exchange.ErrUnknownMarket, l.Market, err)
	case code.code == limitReached:
		limit = &exchange.RateLimitError{Err: err}
		s.rest.Limited(limit)
		err = fmt.Errorf("%s: %s: %w", Name, l.Market, limit)
	}
	return ticker.Update{}, err
}

// CloseIdleConnections closes the connections kept for the next REST request, as
// that of exchange.REST does. A Source needs no other closing.
func (s *Source) CloseIdleConnections() { s.rest.CloseIdleConnections() }
