package faults_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"runtime/pprof"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/internal/stalls"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// setup is the exchange of a row where that is not the usual one: a dozen markets,
// each change told, order keys, heartbeats each second, fullsync.
type setup struct {
	variant   keyed.Variant
	cfg       simexchange.Config
	single    bool                                  // singlesync
	shards    int                                   // connections; zero: one
	quiet     bool                                  // it has no heartbeats
	tls       *identity                             // of the exchange; nil: no TLS
	listEvery time.Duration                         // zero: the default, which no row lives to see
	audit     float64                               // the share of the budget; zero: the default
	context   func(context.Context) context.Context // of the run
	options   func(t *testing.T, r *rig, o *exchange.Options)
}

// rig is an exchange, the proxies before it, and a Book that is kept with it.
type rig struct {
	setup
	name    string
	sim     *simexchange.Server
	rest    *proxy
	ws      *proxy
	book    ticker.Book
	run     context.CancelFunc
	done    chan error
	undo    []func()
	ended   func() // closes idle connections of an HTTP client that is not the adapter's
	reads   *readers
	machine *stalls.Meter
}

// source is the adapter with the limits of the table.
type source struct {
	*keyed.Source
	shards, markets int
	quiet           bool
	connects        *exchange.Budget
}

func (s source) Feed() exchange.Feed {
	f := s.Source.Feed()
	f.Quiet, f.Connects = s.quiet, s.connects
	if s.shards > 0 {
		f.PerConnection = (s.markets + s.shards - 1) / s.shards
	}
	return f
}

func markets(n int) (ms []ticker.Market) {
	for i := range n {
		ms = append(ms, ticker.Market(fmt.Sprintf("M%02d-EUR", i)))
	}
	return ms
}

// build makes the exchange and its proxies, and starts nothing.
func build(t *testing.T, name string, s setup, machine *stalls.Meter) *rig {
	t.Helper()
	r := &rig{setup: s, name: name, done: make(chan error, 1), machine: machine}
	cfg := s.cfg
	cfg.Seed, cfg.Distinct = 1, true
	if cfg.Rate == 0 {
		cfg.Rate = 50
	}
	if cfg.Markets == nil {
		cfg.Markets = markets(12)
	}
	r.cfg = cfg
	r.sim = keyed.NewServer(s.variant, cfg)
	r.undo = append(r.undo, r.sim.Close)
	target := strings.TrimPrefix(r.sim.RESTURL(), "http://")
	r.rest, r.ws = newProxy(t, target, s.tls.config()), newProxy(t, target, s.tls.config())
	r.undo = append(r.undo, func() { r.rest.close() }, func() { r.ws.close() })
	return r
}

// start runs the library. Its goroutines, and no others, carry the row's name.
func (r *rig) start(t *testing.T) {
	t.Helper()
	o := &exchange.Options{
		RESTURL: "http://" + r.rest.addr, WebSocketURL: "ws://" + r.ws.addr + "/stream",
		Budget: exchange.NewBudget(10, 5), Connects: exchange.NewBudget(connectRate, connectBurst), PingEvery: pingEvery, PongWithin: pongWithin(),
		RequestTimeout: requestTimeout(), MaxFrame: maxFrame, MaxBody: maxBody,
	}
	if r.options != nil {
		r.options(t, r, o)
	}
	src := source{keyed.New(r.variant, o), r.shards, len(r.cfg.Markets), r.quiet, o.Connects}
	ctx, cancel := context.WithCancel(context.Background())
	r.run = cancel
	if r.context != nil {
		ctx = r.context(ctx)
	}
	labels := pprof.Labels("row", r.label())
	go pprof.Do(ctx, labels, func(ctx context.Context) {
		if r.single {
			r.done <- singlesync.Run(ctx, &r.book, src, &singlesync.Options{
				Relist: r.listEvery, Idle: idle(), ConnectTimeout: connectTimeout(), Audit: r.audit,
			})
			return
		}
		r.done <- fullsync.Run(ctx, &r.book, src, &fullsync.Options{
			Relist: r.listEvery, Idle: idle(), ConnectTimeout: connectTimeout(), Audit: r.audit,
		})
	})
	r.reads = startReaders(r)
}

// label is the row's name as the goroutine profile writes it unchanged.
func (r *rig) label() string { return regexp.MustCompile(`[^\w]+`).ReplaceAllString(r.name, "_") }

// stop ends the run, and returns how many of its goroutines are left a second
// later, at most, and where they are.
func (r *rig) stop(t *testing.T) (left int, where string) {
	t.Helper()
	r.reads.stop()
	r.run()
	at := time.Now()
	err := <-r.done
	if r.ended != nil {
		r.ended()
	}
	require.ErrorIs(t, err, context.Canceled)
	if took := time.Since(at); took > time.Second+r.machine.Since(at) {
		t.Errorf("%s: Run took %v to return", r.name, took)
	}
	for at = time.Now(); ; time.Sleep(20 * time.Millisecond) {
		looked := time.Now() // looking takes long where many rows run
		if left, where = r.goroutines(); left == 0 || looked.Sub(at) > time.Second+r.machine.Since(at) {
			return left, where
		}
	}
}

// close ends the rest.
func (r *rig) close() {
	for i := len(r.undo) - 1; i >= 0; i-- {
		r.undo[i]()
	}
	http.DefaultClient.CloseIdleConnections()
}

// entry is one stack of the goroutine profile: how many have it, whose they are, and
// the functions.
var entry = regexp.MustCompile(`(?m)^(\d+) @[^\n]*\n# labels: \{"row":"([^"]*)"\}\n((?:#[^\n]*\n)*)`)

// goroutines counts those that carry the row's name, and says where they are.
func (r *rig) goroutines() (n int, where string) {
	var b bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&b, 1)
	for _, m := range entry.FindAllStringSubmatch(b.String(), -1) {
		if m[2] == r.label() {
			k, _ := strconv.Atoi(m[1])
			n += k
			where += m[3]
		}
	}
	return n, where
}

// until waits until f, and returns how long that took; false after the limit.
func until(limit time.Duration, f func() bool) (time.Duration, bool) {
	began := time.Now()
	for !f() {
		if time.Since(began) > limit {
			return limit, false
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Since(began), true
}

// fresh reports whether the Book is live and every market can be read as fresh.
func (r *rig) fresh() bool {
	st := r.book.Status()
	if st.State != ticker.Live || len(st.Refused) > 0 || !st.Synced {
		return false
	}
	for _, m := range r.sim.Markets() {
		if _, err := r.book.Quote(m.Market, promised); err != nil {
			return false
		}
		if _, err := r.book.Trade(m.Market, promised); err != nil {
			return false
		}
	}
	return true
}

// lost has the exchange rest and counts the groups in which the Book differs when
// what is on its way must have come.
func (r *rig) lost(within time.Duration) (n int) {
	r.sim.SetRate(0)
	differ := func() (n int) {
		for _, m := range r.sim.Markets() {
			truth, _ := r.sim.Truth(m.Market)
			held, ok := r.book.Get(m.Market)
			if !ok || !held.Trade.Price.Equal(truth.Trade.Price) {
				n++
			}
			if !ok || !held.Quote.Bid.Equal(truth.Quote.Bid) || !held.Quote.Ask.Equal(truth.Quote.Ask) {
				n++
			}
		}
		return n
	}
	until(within, func() bool { n = differ(); return n == 0 })
	return n
}
