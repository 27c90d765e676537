package engine

import (
	"context"
	"log/slog"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// Options are the settings that both syncs have.
type Options struct {
	Name    string        // what a run's errors begin with
	Relist  time.Duration // how often the list of markets is read again
	Most    int           // markets that the Book may ever hold; zero: maxMarkets
	Idle    time.Duration // instead of the Feed's, if not zero; negative: for ever
	MaxAge  time.Duration // of a connection: instead of the Feed's, if that is more or none; negative: for ever
	Connect time.Duration // what one attempt to connect may take; zero: connectWithin
	Ask     Ask           // how to compare with REST; nil: there is no way
	All     bool          // Ask asks for all markets at once
	Audit   float64       // the share of the budget that comparing may cost; zero: auditShare; negative: none
	Record  *exchange.FlightRecorder
	Logger  *slog.Logger // changes of state; nil: silent
	Clock   Clock        // nil: this machine's; tests have others
}

// Ask asks REST for a market. Whoever gives all markets in one request does so;
// all then says that none is missing.
type Ask func(ctx context.Context, l exchange.Listing) (us []ticker.Update, all bool, err error)

const (
	relist        = 10 * time.Minute
	confirmList   = 15 * time.Second // a list that lacks markets is read again so soon
	hintedList    = 30 * time.Second // at most so often when the stream hints at a new market
	hintedRelay   = time.Second      // or when a relay does, which tries again what fails as often
	healthyRelay  = 5 * time.Second  // up for so long, a relay is tried again as after its first loss
	connectWithin = time.Minute
)

// complete fills in what is zero.
func (o Options) complete(feed *exchange.Feed) Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = clocks
	}
	if o.Relist <= 0 {
		o.Relist = relist
	}
	if o.Connect <= 0 {
		o.Connect = connectWithin
	}
	if o.Idle == 0 {
		o.Idle = feed.Idle
	}
	if o.MaxAge == 0 || feed.MaxAge > 0 && feed.MaxAge < o.MaxAge {
		o.MaxAge = feed.MaxAge
	}
	return o
}
