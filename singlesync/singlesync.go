package singlesync

import (
	"context"
	"log/slog"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/engine"
	"github.com/tickersync/tickersync/ticker"
)

// Source is an exchange that gives one market's ticker a REST request.
type Source interface {
	exchange.Source
	exchange.Fetcher
}

// Options are the settings of Run. A nil *Options is all defaults.
type Options struct {
	// First are the markets to ask for before all others, in this order.
	First []ticker.Market
	// Refresh is the age at which a group that the stream does not follow (told
	// OnTrade or Never) is asked for again, with what budget is left. If zero,
	// it is asked for once a connection.
	Refresh time.Duration
	// Relist is how often the list of markets is read again. If zero, every 10
	// minutes, and sooner when the stream speaks of a market that is not in it.
	Relist time.Duration
	// MaxMarkets is the most markets that the Book may ever hold, those that were
	// removed included: a list of the exchange that would bring more is not
	// believed, and Status says so. If zero, 100,000.
	MaxMarkets int
	// Idle is how long a connection may be without data or heartbeat, instead of
	// what the adapter declares (exchange.Feed.Idle). If zero, as that says; if
	// negative, for ever. Where the exchange has no heartbeats the market that was
	// told last is asked for then, and decides; after Idle again the one before it.
	Idle time.Duration
	// MaxConnectionAge is how old a connection may grow. Before that another takes
	// its place, at a random moment in the last fifth, so that connections opened
	// together do not end together; REST is not asked for it, and no AsOf stands
	// still for longer than the feed's delay and two seconds (see package ticker).
	// If zero, or more than the exchange allows: as the adapter declares
	// (exchange.Feed.MaxAge). If negative, what the exchange cuts is lost, and opened
	// again.
	MaxConnectionAge time.Duration
	// ConnectTimeout bounds one attempt to connect, from when the exchange's pace
	// of connections allows it to the acknowledgement of the last market. If zero,
	// a minute.
	ConnectTimeout time.Duration
	// Record keeps what the exchange sends, and hands it over when something goes
	// wrong. If nil, nothing is recorded.
	Record *exchange.FlightRecorder
	// Audit is the share of the REST budget that requests may cost which the Book
	// does not need: they are compared with it, so that an update that the exchange
	// lost is found and healed, and a connection that tells no more is replaced; see
	// Status().Audit. The markets that were told or compared longest ago have their
	// turn first. If zero, a twentieth from the first minute on; if negative, there
	// are none. A Source without a Budget is taken to have one request a second.
	Audit float64
	// Logger is told of connections that come and go. If nil, nobody is.
	Logger *slog.Logger
}

// Run keeps book true with src until ctx ends, whose cause it then returns, or
// until something happens that cannot get better (see exchange.Permanent). It
// never returns nil. All else it goes on from: see Book.Status. On return every
// goroutine that it started has ended. While a Run has the book, another returns
// ticker.ErrKept at once. The requests keep to the pace of the Source's Budget; a
// Source without one is asked one market after the other.
func Run(ctx context.Context, book *ticker.Book, src Source, opts *Options) error {
	if opts == nil {
		opts = &Options{}
	}
	o := engine.Options{
		Name: "singlesync", Relist: opts.Relist, Most: opts.MaxMarkets, Idle: opts.Idle, MaxAge: opts.MaxConnectionAge, Connect: opts.ConnectTimeout, Record: opts.Record, Logger: opts.Logger, Audit: opts.Audit,
		Ask: func(ctx context.Context, l exchange.Listing) ([]ticker.Update, bool, error) {
			ctx = opts.Record.Asking(ctx, exchange.AskMarket, l)
			u, err := src.Fetch(ctx, l)
			exchange.Asked(ctx, err)
			if err != nil {
				return nil, false, err
			}
			return []ticker.Update{u}, false, nil
		},
	}
	return engine.Do(ctx, book, src, o, func(ctx context.Context, r *engine.Run) error {
		return newBackfill(src, r, opts).run(ctx)
	})
}
