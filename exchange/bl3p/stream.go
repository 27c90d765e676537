package bl3p

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// ahead is how many frames are read before somebody takes them: those that come
// while the other socket is opened.
const ahead = 256

// refusedFor is how long a stream without a socket lasts: then the exchange is
// asked again for the markets that it refused.
const refusedFor = 10 * time.Minute

// stream is several sockets as one. A goroutine reads each, and dates what it
// reads; the first that ends is the end of the stream.
type stream struct {
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	sockets []exchange.Stream
	reading sync.WaitGroup
	frames  chan frame
	ended   error // for the goroutine that calls Read
}

// frame is what one frame told: nothing or one update, and what is wrong with it.
type frame struct {
	u   ticker.Update
	err error
	end bool // err is the end of its socket
}

func newStream() *stream {
	s := &stream{frames: make(chan frame, ahead)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// add has a socket be read from now on. No socket is added once the stream is
// another's.
func (s *stream) add(name string, socket exchange.Stream) {
	s.sockets = append(s.sockets, socket)
	s.reading.Go(func() {
		var us []ticker.Update
		for f := (frame{}); !f.end; {
			us, f.err = socket.Read(s.ctx, us[:0])
			f.u = ticker.Update{}
			if len(us) > 0 {
				f.u = us[0]
				f.u.Trade.Received = time.Now()
				f.u.Quote.Received = f.u.Trade.Received
			}
			var bad *exchange.FrameError
			if f.end = f.err != nil && !errors.As(f.err, &bad); f.end {
				if s.ctx.Err() != nil {
					return // Close ended it
				}
				f.err = fmt.Errorf("%s: %s: %w", Name, name, f.err)
			}
			select {
			case s.frames <- f:
			case <-s.ctx.Done():
				return
			}
		}
	})
}

// last ends a stream without a socket after a while.
func (s *stream) last() {
	s.reading.Go(func() {
		t := time.NewTimer(refusedFor)
		defer t.Stop()
		select {
		case <-t.C:
			s.frames <- frame{err: fmt.Errorf("%s: no market was served: asking again", Name), end: true}
		case <-s.ctx.Done():
		}
	})
}

// settle waits until all sockets have begun to tell.
func (s *stream) settle(ctx context.Context) error {
	t := time.NewTimer(settle)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s: connecting: %w", Name, context.Cause(ctx))
	}
}

// Read returns what one frame of any socket told.
func (s *stream) Read(ctx context.Context, dst []ticker.Update) ([]ticker.Update, error) {
	if s.ended == nil && s.ctx.Err() != nil {
		s.ended = errClosed()
	}
	if s.ended != nil {
		return dst, s.ended
	}
	select {
	case f := <-s.frames:
		if f.u.Groups != 0 {
			dst = append(dst, f.u)
		}
		if f.end {
			s.ended = f.err
		}
		return dst, f.err
	case <-ctx.Done():
		s.ended = fmt.Errorf("%s: reading: %w", Name, context.Cause(ctx))
		s.cancel()
	case <-s.ctx.Done():
		s.ended = errClosed()
	}
	return dst, s.ended
}

func errClosed() error { return fmt.Errorf("%s: reading: %w", Name, net.ErrClosed) }

// Close ends all sockets.
func (s *stream) Close() error {
	s.cancel()
	for _, socket := range s.sockets {
		_ = socket.Close()
	}
	s.reading.Wait()
	return nil
}
