package exchange

import (
	"context"
	"fmt"
	"sync"
	"time"

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
	ctx, cancel := context.WithCancel(context.Background())
	s := &stream{conn: conn, kept: kept, parse: parse, cancel: cancel}
	if every := o.complete().PingEvery; every > 0 {
		s.pinging.Go(func() { s.ping(ctx, every) })
	}
	return s
}

type stream struct {
	conn    Conn
	kept    []ticker.Update
	parse   ParseFunc
	buf     []byte
	cancel  context.CancelFunc
	pinging sync.WaitGroup
	mu      sync.Mutex
	mute    error // why the pinging ended the connection
}

func (s *stream) Read(ctx context.Context, dst []ticker.Update) ([]ticker.Update, error) {
	if len(s.kept) > 0 {
		dst = append(dst, s.kept...)
		s.kept = nil
		return dst, nil
	}
	for {
		var err error
		if s.buf, err = s.conn.Read(ctx, s.buf); err != nil {
			return dst, s.because(err)
		}
		us, proves, err := s.parse(s.buf, dst)
		if err != nil || proves || len(us) > len(dst) {
			return us, err
		}
		dst = us
	}
}

func (s *stream) Close() error {
	s.cancel()
	err := s.conn.Close()
	s.pinging.Wait()
	return err
}

// ping ends the connection when a pong does not come in time, which unblocks
// Read.
func (s *stream) ping(ctx context.Context, every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		waiting, cancel := context.WithTimeout(ctx, pingWithin)
		err := s.conn.Ping(waiting)
		late := waiting.Err() != nil
		cancel()
		if err == nil {
			continue
		}
		if late && ctx.Err() == nil {
			s.mu.Lock()
			s.mute = fmt.Errorf("exchange: no pong within %v", pingWithin)
			s.mu.Unlock()
		}
		_ = s.conn.Close()
		return
	}
}

// because prefers the pinging's reason to the closed connection it left.
func (s *stream) because(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mute != nil {
		return s.mute
	}
	return err
}
