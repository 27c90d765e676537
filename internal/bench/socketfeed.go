package bench

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/tickersync/tickersync/internal/flood"
	"github.com/tickersync/tickersync/ticker"
)

// venue is an exchange on the loopback: its REST side, its answers, and the messages
// that a server of it writes as fast as they are read.
type venue struct {
	rest     http.Handler
	said     func(c *flood.Conn, message []byte)
	messages [][]byte
	last     []byte        // a message about the market end, which ends a turn
	end      ticker.Market // of which nothing else is told
	symbol   string        // of end
	beat     []byte        // a message that proves that data flows
	run      func(ctx context.Context, book *ticker.Book, s *flood.Server, dial dialer) error
}

// feed is one connection of a server, to whomever it is.
type feed struct {
	conn       *flood.Conn
	tape, last *flood.Tape
}

// patience is how long anything may take before it is taken to be broken.
const patience = 30 * time.Second

func (v *venue) feed(ctx context.Context, s *flood.Server) (*feed, error) {
	select {
	case c := <-s.Opened():
		return &feed{c, flood.NewTape(v.messages...), flood.NewTape(v.last)}, nil
	case <-time.After(patience):
		return nil, fmt.Errorf("bench: no connection")
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// play writes n messages and the last one, while somebody reads.
func (f *feed) play(n int) <-chan error {
	done := make(chan error, 1)
	go func() {
		err := f.conn.Play(f.tape, n)
		if err == nil {
			err = f.conn.Play(f.last, 1)
		}
		done <- err
	}()
	return done
}

// replica is a Book that the library keeps, by a server of a venue.
type replica struct {
	*feed
	book  ticker.Book
	told  chan struct{} // when the market end was
	ended chan error    // what the run ended with
	stop  context.CancelFunc
	own   sync.WaitGroup
}

// open has a Book kept, and returns when it is synced.
func (v *venue) open(ctx context.Context, s *flood.Server, dial dialer) (*replica, error) {
	ctx, stop := context.WithCancel(ctx)
	r := &replica{told: make(chan struct{}, 1), ended: make(chan error, 1), stop: stop}
	go func() { r.ended <- v.run(ctx, &r.book, s, dial) }()
	var err error
	if r.feed, err = v.feed(ctx, s); err != nil {
		r.close()
		return nil, err
	}
	if err = r.book.WaitSynced(ctx); err != nil {
		r.close()
		return nil, err
	}
	held, _ := r.book.Get(v.end)
	r.own.Go(func() { r.watch(ctx, v.end, held.Trade.Key) })
	r.own.Go(func() { r.beat(ctx, v.beat) })
	return r, nil
}

// beat keeps the connection alive between its turns.
func (r *replica) beat(ctx context.Context, message []byte) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			_ = r.conn.Write(message)
		case <-ctx.Done():
			return
		}
	}
}

// watch waits for the end of each turn.
func (r *replica) watch(ctx context.Context, end ticker.Market, key uint64) {
	for c := range r.book.Watch(ctx, end) {
		if c.Trade.Key > key {
			key = c.Trade.Key
			r.told <- struct{}{}
		}
	}
}

// do has n messages come, and waits until the last of them is in the Book.
func (r *replica) do(n int) error {
	played := r.play(n)
	select {
	case <-r.told:
		return <-played
	case err := <-r.ended:
		r.ended <- err
		return fmt.Errorf("bench: the run ended: %w", err)
	}
}

func (r *replica) close() {
	r.stop()
	<-r.ended
	r.own.Wait()
}
