package exchange

import (
	"context"
	"net"
	"sync"
	"sync/atomic"

	"github.com/tickersync/tickersync/ticker"
)

// ParseFunc reads one frame. It appends what the frame tells to dst and returns
// that, and says whether the frame proves that data flows, as a heartbeat does;
// one that tells something always does. It must not keep the frame, which is
// overwritten by the next. What it could not read it returns as a *FrameError,
// beside the rows that it could; any other error ends the stream.
type ParseFunc func(frame []byte, dst []ticker.Update) (us []ticker.Update, proves bool, err error)

// NewStream returns a Stream that reads frames from the connection and parses
// them one by one, in the goroutine that calls Read. The updates in kept, those
// that came before the subscription was acknowledged, are what its first Read
// returns. It pings the connection as o says; o may be nil. The connection is
// the stream's from now on: closing the stream closes it.
func NewStream(conn Conn, o *Options, kept []ticker.Update, parse ParseFunc) Stream {
	s := newStream(conn, o, parse)
	s.kept = kept
	return s
}

func newStream(conn Conn, o *Options, parse ParseFunc) *stream {
	s := &stream{conn: conn, parse: parse, ended: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if o = o.complete(); o.PingEvery > 0 {
		s.own.Go(func() { s.ping(o.PingEvery, o.PongWithin) })
	}
	return s
}

type stream struct {
	conn   Conn
	kept   []ticker.Update
	parse  ParseFunc
	buf    []byte
	frames atomic.Uint64   // read so far, whatever they said
	ctx    context.Context // until the connection ends
	cancel context.CancelFunc
	own    sync.WaitGroup // the goroutines that Close waits for
	once   sync.Once
	ended  chan struct{} // closed when the connection is
	reason error         // why it ended; to be read when ended is closed
}

func (s *stream) Read(ctx context.Context, dst []ticker.Update) ([]ticker.Update, error) {
	if len(s.kept) > 0 {
		dst = append(dst, s.kept...)
		s.kept = nil
		return dst, nil
	}
	for {
		us, proves, err := s.frame(ctx, dst)
		if err != nil || proves || len(us) > len(dst) {
			return us, err
		}
		dst = us
	}
}

// frame reads one frame and parses it.
func (s *stream) frame(ctx context.Context, dst []ticker.Update) (us []ticker.Update, proves bool, err error) {
	if s.buf, err = s.conn.Read(ctx, s.buf); err != nil {
		return dst, false, s.end(err)
	}
	s.frames.Add(1)
	us, proves, err = s.parse(s.buf, dst)
	if cap(s.buf) > roomy && len(s.buf) < cap(s.buf)/16 {
		s.buf = nil // one long frame is no reason to hold its room for ever
	}
	return us, proves, err
}

// roomy is what a read buffer may hold without a word, in bytes.
const roomy = 256 << 10

func (s *stream) Close() error {
	_ = s.end(net.ErrClosed)
	s.own.Wait()
	return nil
}

// end closes the connection, which unblocks Read, and returns why it ended: what
// the first call of end said.
func (s *stream) end(err error) error {
	s.once.Do(func() {
		s.reason = err
		s.cancel()
		_ = s.conn.Close()
		close(s.ended)
	})
	return s.reason
}
