// Package exchange is the contract between exchanges and the engines that keep
// a replica of their tickers, with what adapters share.
//
// An adapter is a Source: it lists the markets of one exchange, opens Streams of
// their tickers, and asks the REST API for all tickers in one request
// (Snapshotter), for one market a request (Fetcher), or either. It knows nothing
// of Books and merging: it reads frames, says which groups each spoke of, and
// declares in its Feed how every group is told. What an adapter must hold to:
//
//   - Connect returns after the exchange has acknowledged the subscription;
//     tickers that came meanwhile are the Stream's first.
//   - Every market is acknowledged or named in a *RefusedError. One bad market
//     does not cost the others, one bad row not its frame.
//   - A group is emitted whole and in feed order. Absent is not zero, times are
//     never invented, numbers are exact: see ParseDecimal.
//   - What cannot get better is Permanent, a limit that was hit a
//     *RateLimitError, a frame that could not be read a *FrameError.
//   - No goroutine, timer or socket outlives Close or the context.
//
// Options are what a program chooses for any adapter: its HTTP client, its way
// to dial, its budget. NewREST asks with a limit on everything, NewStream makes
// a Stream of a connection and a parsing function, and Budget paces requests:
//
//	o = o.WithDefaults(exchange.Options{RESTURL: "https://api.example.com", Budget: exchange.NewBudget(3, 5)})
//	rest := exchange.NewREST("example", o, "")
//	answer, err := rest.Get(ctx, "/tickers", 1)
package exchange
