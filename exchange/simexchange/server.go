package simexchange

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/memnet"
	"github.com/tickersync/tickersync/ticker"
)

// Server is a simulated exchange that is running. Make one with Start. Its
// methods may be called from several goroutines at once, but not by a Dialect.
type Server struct {
	cfg     Config
	dialect Dialect
	traits  Traits
	client  *http.Client
	servers []*http.Server
	restURL string
	wsURL   string
	ctx     context.Context // ends when the server closes
	cancel  context.CancelFunc
	done    <-chan struct{}
	wg      sync.WaitGroup

	told               [groups]ticker.Told
	reported           ticker.Groups // groups that the exchange tells or answers
	onTrade, throttled ticker.Groups
	delay              time.Duration // of throttled messages
	limiter            *rate.Limiter

	mu      sync.Mutex // guards all below, and every call of the dialect
	rng     *rand.Rand
	agenda  agenda
	rate    float64
	turn    uint64 // counts SetRate: the chain of an earlier rate ends
	markets map[ticker.Market]*market
	order   []*market
	conns   []*Conn
	closed  bool
	counts  Counts
	reqs    []Request
	// forgotten is how many requests came before those.
	forgotten int
	// attempts are the moments at which websocket handshakes came.
	attempts []time.Time
	faults
}

// Start makes a Server and has it listen. Close it when done. It fails only where
// it cannot listen, which a free port or memory never does.
func Start(cfg Config, d Dialect) (*Server, error) {
	s := &Server{
		cfg: cfg, dialect: d, traits: d.Traits(),
		rng: rand.New(rand.NewPCG(cfg.Seed, 1)), rate: cfg.Rate,
		markets: map[ticker.Market]*market{}, agenda: agenda{wake: make(chan struct{}, 1)},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.done = s.ctx.Done()
	s.learn()
	if s.cfg.Markets == nil {
		s.cfg.Markets = s.traits.Markets
	}
	s.populate(s.cfg.Markets)
	if err := s.listen(); err != nil {
		s.cancel()
		return nil, fmt.Errorf("simexchange: %w", err)
	}
	if s.rate > 0 {
		s.next()
	}
	s.wg.Add(1)
	go s.run()
	return s, nil
}

// learn sorts the groups by how they are told.
func (s *Server) learn() {
	f := s.traits.Feed
	s.told = [groups]ticker.Told{f.Trade, f.Quote, f.Stats}
	for i, t := range s.told {
		g := ticker.Groups(1 << i)
		if t.Kind != ticker.Never || t.REST {
			s.reported |= g
		}
		switch t.Kind {
		case ticker.OnTrade:
			s.onTrade |= g
		case ticker.Throttled:
			s.throttled |= g
			s.delay = max(s.delay, t.Delay)
		}
	}
	if s.traits.Limit > 0 {
		s.limiter = rate.NewLimiter(s.traits.Limit, max(s.traits.Burst, 1))
	}
}

// direct returns which groups a change of some has told at once.
func (s *Server) direct(changed ticker.Groups) ticker.Groups {
	var out ticker.Groups
	for i, t := range s.told {
		if g := ticker.Groups(1 << i); t.Kind == ticker.EveryChange {
			out |= changed & g
		}
	}
	if out.Has(ticker.TradeGroup) {
		out |= s.onTrade
	}
	return out
}

func (s *Server) listen() error {
	if s.cfg.Memory {
		l := memnet.Listen()
		s.client = l.Client()
		s.serve(l)
		s.restURL, s.wsURL = "http://simexchange", "ws://simexchange"
		return nil
	}
	s.client = &http.Client{Transport: &http.Transport{}}
	addrs := []string{s.cfg.RESTAddr, s.cfg.WebSocketAddr}
	if addrs[0] == "" {
		addrs[0] = addrs[1]
	}
	if addrs[0] == "" {
		addrs[0] = "127.0.0.1:0"
	}
	if addrs[1] == addrs[0] || addrs[1] == "" {
		addrs = addrs[:1]
	}
	var ls []net.Listener
	for _, a := range addrs {
		l, err := (&net.ListenConfig{}).Listen(s.ctx, "tcp", a)
		if err != nil {
			for _, l := range ls {
				_ = l.Close()
			}
			return err
		}
		ls = append(ls, l)
	}
	for _, l := range ls {
		s.serve(l)
	}
	s.restURL = "http://" + ls[0].Addr().String()
	s.wsURL = "ws://" + ls[len(ls)-1].Addr().String()
	return nil
}

func (s *Server) serve(l net.Listener) {
	h := &http.Server{
		Handler:           http.HandlerFunc(s.handle),
		ConnContext:       withGate,
		ReadHeaderTimeout: time.Minute,
	}
	s.servers = append(s.servers, h)
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		_ = h.Serve(gates{l})
	}()
}

func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	closed := s.closed
	if !closed {
		s.wg.Add(1)
	}
	s.mu.Unlock()
	if closed {
		panic(http.ErrAbortHandler)
	}
	defer s.wg.Done()
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		s.websocket(w, r)
		return
	}
	s.rest(w, r)
}

// Close ends the exchange: its listeners, connections and goroutines. It is
// idempotent. What is known of the truth stays readable.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	for len(s.conns) > 0 {
		s.conns[0].drop()
	}
	s.mu.Unlock()
	s.cancel()
	for _, h := range s.servers {
		_ = h.Close()
	}
	s.wg.Wait()
	s.client.CloseIdleConnections()
}

// Client returns an HTTP client that reaches the server, also where it listens
// in memory, for both REST and websocket handshakes.
func (s *Server) Client() *http.Client { return s.client }

// RESTURL returns the base address of the REST API, as the adapter takes it.
func (s *Server) RESTURL() string { return s.restURL + s.traits.RESTPath }

// WebSocketURL returns the address of the websocket, as the adapter takes it.
func (s *Server) WebSocketURL() string { return s.wsURL + s.traits.WebSocketPath }

// Options returns the choices that send an adapter to this server.
func (s *Server) Options() exchange.Options {
	return exchange.Options{HTTPClient: s.client, RESTURL: s.RESTURL(), WebSocketURL: s.WebSocketURL()}
}
