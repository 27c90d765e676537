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
//
// # How the adapters of this module are told
//
// A kind, the order key of the stream (both: REST has it too), and sizes that can
// be trusted. What an exchange does not tell truly is left out: "-".
//
//	exchange       Trade                              Quote                                 Stats              REST cache
//	binance        throttled 1 s, trade id (both),    every change, update id,              throttled 1 s      1 s
//	               sizes                              sizes
//	bitstamp       every change, trade id,            throttled 0.5 s, microtimestamp,      REST only          5 s
//	               stream's sizes                     stream's sizes
//	bl3p           every change, no key,              every change, no key,                 REST only, no open none known
//	               stream's sizes                     stream's sizes
//	coinbase       every change, trade id (both),     on trade, trade id (both),            on trade, stream   1 s, assumed
//	               sizes                              stream's sizes                        only
//	coinblockpro   every change, no key, no sizes     -                                     -                  by headers
//	kraken         every change, trade id, sizes      every change, no key, no sizes        on trade, no open  by headers
//
// Each package's comment says why.
//
// # Writing an adapter
//
// An afternoon's work, in this order. coinbase and kraken are two to look at.
//
//  1. Declare: for each of Trade, Quote and Stats, does the stream tell every
//     change, the newest at intervals, or only with a trade? Which order keys does
//     it carry, how old may a REST answer be? Write that in the package's doc.go
//     and in Feed, and leave out what the exchange does not tell truly.
//  2. Markets: read the list of markets. A Market is BASE-QUOTE in common names
//     (BTC, not XBT); the exchange's two spellings stay in the Listing. What halts
//     is listed with Trading false.
//  3. REST: Snapshot or Fetch, with REST.Get. Put Answer.Age into the updates.
//  4. The stream: one WebSocket, a table, and a Session, which begins with each
//     connection. The Session writes the frames that subscribe and reads those
//     that come; WebSocket dials, sends at the exchange's pace, reads on while it
//     waits for acknowledgements, keeps what is told meanwhile, pings and closes.
//  5. The dialect for simexchange, in a package beside the adapter; then
//     exchangetest says what is missing.
//
// A Session says what it waits for by topics, which are any names that its frames
// and the exchange's answers have in common: a channel, a request's number.
//
//	func (s *session) Subscribe(add, drop []exchange.Listing) {
//		for _, l := range add {
//			s.sub.Send(fmt.Appendf(nil, `{"op":"subscribe","channel":%q}`, l.Symbol))
//			s.sub.Await(l.Market, l.Symbol)
//		}
//		for _, l := range drop {
//			s.sub.Send(fmt.Appendf(nil, `{"op":"unsubscribe","channel":%q}`, l.Symbol))
//		}
//	}
//
// Parse then calls Ack or Refuse with the topic of an answer, finds the market of
// a ticker with Market, appends what the frame tells, and says whether the frame
// proves that data flows. It runs for every frame: it should read it without
// allocating, and with keys exactly as written, which encoding/json does not.
// Beside this package the adapters of this module use internal/flatjson.
//
// Where the address is the subscription, WebSocket.URL makes it. Where the
// exchange acknowledges nothing, Await nothing, and say in Feed.Settle how long
// it takes. Where it wants an answer to a frame of its own, Parse may Send. Where
// it asks to reconnect, Parse returns an error that is no *FrameError.
//
// # When something goes wrong
//
// A FlightRecorder that is given to a Run keeps what the exchange sent last. When a
// connection breaks, a frame or an answer cannot be read, or REST answers otherwise
// than the stream told, it hands over a Recording, which can be written to a file
// and be sent to whoever keeps the adapter:
//
//	rec := new(exchange.FlightRecorder)
//	go func() {
//		for f := range rec.Failures(ctx) {
//			name := fmt.Sprintf("%s-%d.jsonl", f.Exchange, f.Failure.At.Unix())
//			if err := f.WriteFile(filepath.Join(dir, name)); err != nil { ... }
//		}
//	}()
//	err := fullsync.Run(ctx, &book, source, &fullsync.Options{Record: rec})
//
// The file becomes a test with exchangetest.Replay, which plays it on the adapter
// and says whether the same goes wrong again. An adapter can be replayed when it is
// a Replayer.
package exchange
