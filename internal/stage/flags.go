package stage

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/simexchange"
)

// Flags are those of the notebook's two runs.
type Flags struct {
	Period    time.Duration
	REST      string  // if empty and WebSocket too, a simulated exchange is started
	WebSocket string  // likewise
	Pace      float64 // REST requests a second

	// Tests set these to stay in memory, and so in virtual time.
	Client    *http.Client       // reaches REST and WebSocket; may be nil
	Simulated simexchange.Config // of the simulated exchange
}

// ParseFlags reads the flags of the named example, whose period is the given one
// by default. What is wrong with them has been written to errs; flag.ErrHelp says
// that help was asked for.
func ParseFlags(name string, period time.Duration, args []string, errs io.Writer) (*Flags, error) {
	f := &Flags{Simulated: simexchange.Config{
		Seed: uint64(time.Now().UnixNano()), //nolint:gosec // any number will do
		Rate: 5, Busy: 22,
		Lag: simexchange.UpTo(50 * time.Millisecond), Latency: simexchange.UpTo(300 * time.Millisecond),
	}}
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(errs)
	fs.DurationVar(&f.Period, "period", period, "how long to run")
	fs.StringVar(&f.REST, "rest", "", "base `URL` of the REST API (default: a simulated exchange; with -ws, "+coinblockpro.DefaultRESTURL+")")
	fs.StringVar(&f.WebSocket, "ws", "", "`URL` of the websocket (default: a simulated exchange; with -rest, "+coinblockpro.DefaultWebSocketURL+")")
	fs.Float64Var(&f.Pace, "pace", coinblockpro.DefaultRate, "REST requests a second, at most")
	err := fs.Parse(args)
	if err != nil {
		return nil, err
	}
	switch {
	case fs.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", fs.Arg(0))
	case f.Period <= 0:
		err = errors.New("-period must be more than nothing")
	case !(f.Pace > 0):
		err = errors.New("-pace must be more than nothing")
	default:
		return f, nil
	}
	fmt.Fprintf(errs, "%s: %v\n", name, err)
	return nil, err
}

// Exchange returns the exchange that the flags name, and what to call when it is
// no longer needed: the notebook's, simulated, or another.
func (f *Flags) Exchange() (source *coinblockpro.Source, done func()) {
	o := exchange.Options{
		HTTPClient: f.Client, RESTURL: f.REST, WebSocketURL: f.WebSocket,
		Budget: exchange.NewBudget(rate.Limit(f.Pace), coinblockpro.DefaultBurst),
	}
	if f.REST != "" || f.WebSocket != "" {
		source = coinblockpro.New(&coinblockpro.Options{Options: o})
		return source, source.CloseIdleConnections
	}
	server := coinblockprosim.NewServer(f.Simulated)
	o.HTTPClient, o.RESTURL, o.WebSocketURL = server.Client(), server.RESTURL(), server.WebSocketURL()
	return coinblockpro.New(&coinblockpro.Options{Options: o}), server.Close
}
