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
// # The two clocks of a connection
//
// Any frame, a pong included, proves that the socket lives. That data flows is
// proved only by data, by heartbeats, and by what an exchange answers to a heartbeat
// of ours. So a connection has two clocks, and is replaced when either runs out:
//
//	fault                              noticed within
//	the socket is dead                 Options.PingEvery, or PongWithin if longer, and PongWithin: 25 s
//	no data and no heartbeat comes     Feed.Idle
//	no data, where heartbeats are not  Feed.Idle, a REST request, the feed's delay and 2 s
//
// A quiet exchange, one without heartbeats, is never cut for being quiet. After
// Idle REST is asked, once, and the connection is cut when that tells of a change
// that the stream does not tell in time. With singlesync that is one market, the one
// told last, and after Idle again the one told before it: a change of the n-th is
// noticed within n times Idle. The engines' Options.Idle replaces Feed.Idle.
//
//	exchange       data flows, by          Idle   quiet   connections at once, and a second
//	binance        a stream that ticks     20s    false   20   0.8
//	bitstamp       answers to heartbeats   40s    false   5    0.5
//	bl3p           data alone              1m0s   true    4    0.5
//	coinbase       heartbeats              15s    false   10   4
//	coinblockpro   data alone              30s    true    10   0.5
//	kraken         heartbeats              5s     false   20   0.2
//
// Connections are paced by Feed.Connects, which Options.Connects replaces. All
// those of a Source share it, and a back-off: after an outage of many they come
// back spread, and one that is refused as one too many stops all of them for as
// long as the exchange says.
//
// # Writing an adapter
//
// An afternoon's work, in this order. coinbase and kraken are two to look at.
//
//  1. Declare: for each of Trade, Quote and Stats, does the stream tell every
//     change, the newest at intervals, or only with a trade? Which order keys does
//     it carry, how old may a REST answer be? What proves that data flows, how
//     often, and how many connections may be opened? Write that in the package's
//     doc.go and in Feed, and leave out what the exchange does not tell truly.
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
