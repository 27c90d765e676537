// Package natskv keeps a Book on many machines: one program publishes it into a
// NATS JetStream key-value bucket, and any number read it from there as from an
// exchange.
//
// Exchanges limit connections and requests per address. So one collector holds the
// connections, a second stands by, and every other program reads the same Book:
//
//	nc, err := nats.Connect(url, nats.UserCredentials("collector.creds"), nats.MaxReconnects(-1))
//	js, err := jetstream.New(nc)
//
//	// the collector, and with the same lines on another machine its stand-by
//	go func() { done <- fullsync.Run(ctx, &book, kraken.New(nil), nil) }()
//	err = natskv.Publish(ctx, &book, js, nil) // into the bucket "tickers-kraken"
//
//	// every other program
//	err = fullsync.Run(ctx, &book, natskv.NewSource(js, "tickers-kraken", nil), nil)
//
// TLS, credentials, users and how often to reconnect are those of the caller's
// connection. This package opens none, and closes none. Give it one that reconnects
// for ever: what ends with the connection is a Publish.
//
// # What a reader is promised
//
// The far Book is a ticker.Book with the same promises. Its times, sources and kinds
// are the exchange's as the collector has them, and its ages the collector's with the
// broker's round trip added: they are told by the collector's monotonic clock, so that
// no two machines' clocks need agree. Markets are known, unknown, refused and removed
// as they are at the collector. Values of one market are skipped and never reordered.
// A collector that loses its exchange says so at once; one that falls silent for the
// time of a lease, 2 seconds, is taken for dead; either way the far Book is Down, and
// its prices grow older from the moment up to which they were known to be right.
//
// # Two publishers
//
// The bucket has a lease, which its holder renews every quarter of its time. A
// publisher that has seen it unchanged for all of that takes it, with the next epoch.
// It writes every market from its own Book, says so under the key "status", and
// readers turn to it: 2 to 3 seconds after the other died, and at once where the other
// ended in order. Readers see it in Status().Origin. Each write names the revision that
// it replaces, and readers pass over lower epochs, so a publisher that was cut off and
// wakes up overwrites nothing. Over a take-over a market with an order key of the
// exchange's never steps back; one without may once, by no more than its feed's delay. A
// market that only the publisher before listed stays, refused and growing older, until
// two lists of its own lack it: its last one may be older than the market.
//
// # The bucket
//
// A key for each market ("m.BTC-EUR") holds the newest record of it: up to some 200
// bytes, in a form of its own that names its version. "status" is the heartbeat, four
// or more a second, and "lease" says who publishes: both JSON, for people
// ("nats kv get tickers-kraken status"). Values of other versions and what is not ours
// are passed over and named in the far Status().LastError, and cost nothing else. A
// market that somebody deletes or overwrites in the bucket is written again with its
// next change, and within some 40 seconds where it has none: the publisher looks at all
// revisions every half a minute or so. Until then who joins may lack it. A market whose
// name is longer than 200 bytes has no key: it is not published, and named to the Logger.
//
// Publish makes the bucket where there is none: one value a key, Options.Replicas of
// it. One that is there stays as it is configured; it must not let values expire, be a
// copy of another, take less than 64 KiB a message, or have a limit at which it discards
// the oldest, which is ErrBucket. One Book and its stand-by have one bucket; another
// exchange has another, and to publish it in this one is ErrBucket, too.
//
// When the broker is slower than the exchange the newest of each market is written,
// and nothing else waits for it. A heartbeat stands in the bucket behind all that it
// vouches for, so a slow broker makes prices older and never wrong.
//
// SCALE.md, beside this file, shows how to lay out a fleet, what one bucket, server and
// cluster bear, and when to divide an exchange.
//
// # Least privilege
//
// For a bucket B, a reader's user needs to publish to
//
//	$JS.API.STREAM.INFO.KV_B
//	$JS.API.CONSUMER.CREATE.KV_B.>
//	$JS.API.CONSUMER.DELETE.KV_B.>
//	$JS.API.DIRECT.GET.KV_B.>
//	$JS.FC.KV_B.>
//
// and to subscribe to _INBOX.> (or what nats.CustomInboxPrefix says). A publisher's
// needs that, and to publish to
//
//	$KV.B.>
//	$JS.API.STREAM.PURGE.KV_B    to take out what is left of markets removed long ago; else it stays
//	$JS.API.STREAM.CREATE.KV_B   to make the bucket; not where somebody else has
//	$JS.API.INFO                 likewise
package natskv
