package exchange

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// writeWithin is how long one frame may take to be written.
const writeWithin = 10 * time.Second

// socket is the Stream of a WebSocket. Three may touch it at once: who reads, who
// subscribes, and its own goroutine that writes.
type socket struct {
	*stream
	w       *WebSocket
	mu      sync.Mutex // of all below
	sub     *Subscription
	session Session
	before  kept          // read during Connect
	taken   bool          // the reading is, or is to be, that of Read
	pumped  chan struct{} // closed when what read during Connect has ended; nil if nothing did
}

func newSocket(w *WebSocket, conn Conn) *socket {
	s := &socket{w: w, sub: NewSubscription()}
	s.session = w.Session(s.sub)
	s.stream = newStream(conn, w.Options, s.parse)
	s.own.Go(s.write)
	return s
}

// parse is the Session's, which is not for two goroutines.
func (s *socket) parse(frame []byte, dst []ticker.Update) ([]ticker.Update, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	us, proves, err := s.session.Parse(frame, dst)
	if s.sub.err != nil {
		err = s.sub.err
	}
	return us, proves, err
}

// first asks for the markets of Connect and reads until they are answered. It
// reads in a goroutine, since a reading that is given up would end the
// connection; it is left to end with its frame, and Read goes on from there.
func (s *socket) first(ctx context.Context, ms []Listing) error {
	by := s.ask(ms, nil)
	s.pumped = make(chan struct{})
	s.own.Go(func() { s.pump(by) })
	err := s.answers(ctx, by)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = true
	return err
}

// pump reads frames, and keeps what they tell, until Connect has what it waits
// for.
func (s *socket) pump(by *asking) {
	defer close(s.pumped)
	var us []ticker.Update
	for {
		var proves bool
		var err error
		us, proves, err = s.frame(s.ctx, us[:0])
		fatal := isFatal(err) || errors.Is(err, ErrEnding) // it has hardly begun
		if fatal {
			_ = s.end(err) // Read will say
			err = nil
		}
		s.mu.Lock()
		if len(us) > 0 || err != nil || proves && s.taken {
			s.before.add(us, err, time.Now())
		}
		taken := s.taken
		s.mu.Unlock()
		if taken || fatal || by.isDone() {
			return
		}
	}
}

// Subscribe implements Subscriber. It needs somebody to be in Read.
func (s *socket) Subscribe(ctx context.Context, add, drop []Listing) error {
	err := s.answers(ctx, s.ask(add, drop))
	var refused *RefusedError
	if err == nil || errors.As(err, &refused) {
		return err
	}
	return fmt.Errorf("%s: %w", s.w.Name, err)
}

func (s *socket) ask(add, drop []Listing) *asking {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sub.ask(s.session, add, drop)
}

// answers waits for the answers while somebody reads.
func (s *socket) answers(ctx context.Context, by *asking) error {
	within := s.w.ackWithin()
	look := time.NewTimer(within)
	defer look.Stop()
	for {
		var err error
		select {
		case <-by.done:
		case <-look.C:
			s.mu.Lock()
			again, late := s.sub.late(within)
			s.mu.Unlock()
			if !late {
				look.Reset(again)
				continue
			}
		case <-s.ended:
			err = s.reason
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if err != nil {
			s.sub.forget(by)
			return err
		}
		return s.sub.result(by, within)
	}
}

// Read implements Stream: what was kept during Connect first, frame by frame.
func (s *socket) Read(ctx context.Context, dst []ticker.Update) ([]ticker.Update, error) {
	if s.pumped != nil {
		if us, err, ok := s.early(ctx, dst); ok {
			return us, err
		}
	}
	us, err := s.stream.Read(ctx, dst)
	if isFatal(err) {
		_ = s.end(err) // who waits in Subscribe need not wait any longer
	}
	return us, err
}

// isFatal reports whether an error ends the connection.
func isFatal(err error) bool {
	if err == nil {
		return false
	}
	var bad *FrameError // escapes: not to be had for every frame
	return !errors.As(err, &bad) && !errors.Is(err, ErrEnding)
}

// early returns a frame that was kept; false when there is none left, and none
// will come.
func (s *socket) early(ctx context.Context, dst []ticker.Update) ([]ticker.Update, error, bool) {
	over := false
	for {
		s.mu.Lock()
		f, ok := s.before.next()
		s.mu.Unlock()
		if ok {
			return append(dst, f.us...), f.err, true
		}
		if over {
			s.pumped = nil
			return nil, nil, false
		}
		select {
		case <-s.pumped:
		case <-ctx.Done():
			_ = s.end(context.Cause(ctx))
			<-s.pumped
		}
		over = true
	}
}
