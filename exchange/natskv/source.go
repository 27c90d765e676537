package natskv

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

var (
	_ exchange.Source      = (*Source)(nil)
	_ exchange.Snapshotter = (*Source)(nil)
	_ exchange.IdleCloser  = (*Source)(nil)
	_ exchange.Subscriber  = (*stream)(nil)
)

// bucketPrefix begins the name of a bucket to which Options give none.
const bucketPrefix = "tickers-"

// retryAfter is the pause before a bucket is watched again that cannot be.
const retryAfter = 250 * time.Millisecond

// keptFor is how long what Markets has read is kept for the Connect that follows.
const keptFor = 10 * time.Second

// Source reads a Book from a bucket that Publish writes: fullsync.Run keeps a Book
// with it as with an exchange, and that Book is the publisher's in all that readers
// see. Its times are by this machine's clock, and its ages too old by the round trip
// to the broker rather than too young. Until the publisher has been heard, which
// takes two or three of its heartbeats, prices are told without an age. Make it with
// NewSource. Its methods may be called from any goroutine.
type Source struct {
	js     jetstream.JetStream
	bucket string
	opts   Options
	feed   exchange.Feed
	order  order

	mu      sync.Mutex
	name    string
	kept    *watching // read to its end, and waiting for Connect
	expire  *time.Timer
	streams []*stream // open, the newest last
	silent  bool      // the last stream ended because the publisher was silent
}

// NewSource returns a Source that reads the bucket through js, whose connection
// stays the caller's: it goes on reconnecting by its own options, and is not closed.
// Nothing is asked of the server yet. Nil options are defaults; only Lease is used.
func NewSource(js jetstream.JetStream, bucket string, opts *Options) *Source {
	s := &Source{js: js, bucket: bucket, opts: opts.withDefaults(), name: strings.TrimPrefix(bucket, bucketPrefix)}
	s.feed.Relay = true
	s.feed.Connects = exchange.NewBudget(4, 10)
	return s
}

// Name returns the name of the exchange whose Book is published. Before the bucket
// has been read it is the bucket's, less what Publish puts before it.
func (s *Source) Name() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.name
}

// Feed says that this is a relay: its updates carry the origin's kinds and ages.
func (s *Source) Feed() exchange.Feed { return s.feed }

// Markets returns the markets that the publisher's exchange lists. Those that are
// unknown or refused there, or do not trade, are among them, and count as trading:
// the stream says how they stand. While a Stream is open it asks nothing of the
// server.
func (s *Source) Markets(ctx context.Context) ([]exchange.Listing, error) {
	if st := s.newest(); st != nil {
		if ls := st.w.listings(); len(ls) > 0 {
			return ls, nil
		}
	}
	w, err := s.watch(ctx)
	if err != nil {
		return nil, err
	}
	ls := w.listings()
	s.keep(w)
	return ls, nil
}

// Connect opens a stream of the bucket. Where the last one ended because the
// publisher or the broker was silent, it waits until a publisher is heard.
func (s *Source) Connect(ctx context.Context, ms []exchange.Listing) (exchange.Stream, error) {
	s.mu.Lock()
	silent := s.silent
	s.mu.Unlock()
	w, err := s.connect(ctx, silent)
	if err != nil {
		return nil, err
	}
	st := newStream(w)
	if silent {
		if err := st.awaitPublisher(ctx); err != nil {
			_ = st.Close()
			return nil, err
		}
	}
	st.begin(ms)
	st.unheard()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent = false
	s.streams = append(s.streams, st)
	return st, nil
}

// connect returns the watch that is kept, or another. patient: it tries until ctx
// ends.
func (s *Source) connect(ctx context.Context, patient bool) (*watching, error) {
	if w := s.take(); w != nil {
		return w, nil
	}
	for {
		w, err := s.watch(ctx)
		if err == nil || !patient || exchange.IsPermanent(err) {
			return w, err
		}
		if sleep(ctx, retryAfter) != nil {
			return nil, err
		}
	}
}

// Snapshot returns every market as it stands. A Book has no need of it, for the
// stream begins with the same.
func (s *Source) Snapshot(ctx context.Context) ([]ticker.Update, error) {
	if st := s.newest(); st != nil {
		return st.w.snapshot(), nil
	}
	w, err := s.watch(ctx)
	if err != nil {
		return nil, err
	}
	defer w.stop()
	return w.snapshot(), nil
}

// CloseIdleConnections gives up what Markets has read and no Connect has asked for.
func (s *Source) CloseIdleConnections() {
	if w := s.take(); w != nil {
		w.stop()
	}
}

// newest returns the stream that was opened last and is open; nil: none is.
func (s *Source) newest() *stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.streams) == 0 {
		return nil
	}
	return s.streams[len(s.streams)-1]
}

// keep keeps a watch for the next Connect, for some seconds.
func (s *Source) keep(w *watching) {
	s.mu.Lock()
	old := s.kept
	s.kept = w
	if s.expire != nil {
		s.expire.Stop()
	}
	s.expire = time.AfterFunc(keptFor, func() {
		s.mu.Lock()
		mine := s.kept == w
		if mine {
			s.kept = nil
		}
		s.mu.Unlock()
		if mine {
			w.stop()
		}
	})
	s.mu.Unlock()
	if old != nil {
		old.stop()
	}
}

// take returns the watch that is kept, if any.
func (s *Source) take() *watching {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.kept
	s.kept = nil
	if s.expire != nil {
		s.expire.Stop()
		s.expire = nil
	}
	return w
}

// heard takes the name of the exchange from a heartbeat.
func (s *Source) heard(name string) {
	if name == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.name = name
}

// closed forgets a stream; silent: it ended because the publisher was.
func (s *Source) closed(st *stream, silent bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.streams = slices.DeleteFunc(s.streams, func(o *stream) bool { return o == st })
	s.silent = s.silent || silent
}
