package bench

import (
	"context"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/flood"
)

// dialer is exchange.Options.Dial; nil is the library's default, nhooyr.io/websocket.
type dialer func(ctx context.Context, url string) (exchange.Conn, error)

// socketRows compare the way of messages from the socket into a Book, through the
// library's own engine and adapter, with readers that do less. One server writes the
// same bytes to both.
func socketRows() []Row {
	return []Row{
		{
			Name: "socket/nhooyr", Goal: AtLeast(0.70, ""),
			What: "from the socket into a Book, against a bare nhooyr Reader that throws away what it reads",
			Pair: socketPair(nil, func(ctx context.Context, s *flood.Server) (reading, error) { return dialNhooyr(ctx, s) }),
		},
		{
			Name: "socket/gorilla", Goal: AtMost(2.0, ""),
			What: "the same over gorilla/websocket with a buffer of 64 kB, against raw TCP, decoding and a map",
			Pair: socketPair(DialGorilla, bareFloor),
		},
		{
			Name: "socket/coder", Goal: AtMost(2.6, ""),
			What: "the same over coder/websocket",
			Pair: socketPair(DialCoder, bareFloor),
		},
	}
}

// reading is a connection that is read by hand.
type reading interface {
	read() error // one message
	close()
}

func bareFloor(_ context.Context, s *flood.Server) (reading, error) { return dialFloor(s) }

// socketPair is a Book kept by a connection that dial opens, and a bare reader.
func socketPair(dial dialer, bare func(context.Context, *flood.Server) (reading, error)) func(context.Context, Settings) (*Pair, error) {
	return func(ctx context.Context, _ Settings) (*Pair, error) {
		v := coinbaseVenue()
		s, err := flood.NewServer(v.rest, v.said)
		if err != nil {
			return nil, err
		}
		ours, err := v.open(ctx, s, dial)
		if err != nil {
			s.Close()
			return nil, err
		}
		theirs, err := bare(ctx, s)
		if err != nil {
			ours.close()
			s.Close()
			return nil, err
		}
		p := &Pair{Close: func() { theirs.close(); ours.close(); s.Close() }}
		f, err := v.feed(ctx, s)
		if err != nil {
			p.Close()
			return nil, err
		}
		p.Ours = Side{Do: ours.do}
		p.Bare = Side{Name: "bare", Do: func(n int) error {
			played := f.play(n)
			for range n + 1 {
				if err := theirs.read(); err != nil {
					return err
				}
			}
			return <-played
		}}
		return p, nil
	}
}
