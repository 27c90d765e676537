package bench

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/tickersync/tickersync/internal/flood"
	"github.com/tickersync/tickersync/ticker"
)

// latencyRows compare how long a message is on its way from the server's write to the
// hand of who watches its market, with how long it is to a bare nhooyr Reader. Messages
// come one a millisecond, to either in turns.
func latencyRows() []Row {
	return []Row{
		{
			Name: "latency/p50", Goal: AtMost(1.5, ""),
			What:    "half of the messages, from the server's write to a watcher's hand, against to a bare nhooyr Reader",
			Measure: latency(0.50),
		},
		{
			Name: "latency/p99", Goal: AtMost(3, ""),
			What:    "99 of 100 messages",
			Measure: latency(0.99),
		},
	}
}

// paced is how long it is from one message to the next.
const paced = time.Millisecond

// arrivals is a connection of which each message's arrival is told.
type arrivals struct {
	conn *flood.Conn
	tape *flood.Tape
	at   chan time.Time
}

// one returns how long one message was on its way.
func (a *arrivals) one(ctx context.Context) (time.Duration, error) {
	sent := time.Now()
	if err := a.conn.Play(a.tape, 1); err != nil {
		return 0, err
	}
	select {
	case at := <-a.at:
		return at.Sub(sent), nil
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	case <-time.After(patience):
		return 0, fmt.Errorf("bench: a message was lost")
	}
}

func latency(part float64) func(context.Context, Settings) (Result, error) {
	return func(ctx context.Context, s Settings) (Result, error) {
		ours, theirs, done, err := openLatency(ctx)
		if err != nil {
			return Result{}, err
		}
		defer done()
		var r Result
		var all [2][]float64
		n := max(20, int(s.For*2/paced))
		for range s.Rounds + 1 {
			runtime.GC()
			var took [2][]float64 // nanoseconds
			for i := range 2 * n {
				time.Sleep(paced)
				d, err := []*arrivals{ours, theirs}[i%2].one(ctx)
				if err != nil {
					return Result{}, err
				}
				took[i%2] = append(took[i%2], float64(d))
			}
			for i := range took {
				all[i] = append(all[i], quantile(took[i], part))
			}
			r.Values = append(r.Values, quantile(took[0], part)/quantile(took[1], part))
		}
		r.Values = r.Values[1:] // the first round warms
		r.Note = fmt.Sprintf("%s against %s", span(quantile(all[0], 0.5)), span(quantile(all[1], 0.5)))
		return r, nil
	}
}

// openLatency opens both connections, each with somebody who waits.
func openLatency(ctx context.Context) (ours, theirs *arrivals, done func(), err error) {
	v := coinbaseVenue()
	s, err := flood.NewServer(v.rest, v.said)
	if err != nil {
		return nil, nil, nil, err
	}
	r, err := v.open(ctx, s, nil)
	if err != nil {
		s.Close()
		return nil, nil, nil, err
	}
	reader, err := dialNhooyr(ctx, s)
	if err != nil {
		r.close()
		s.Close()
		return nil, nil, nil, err
	}
	watching, stop := context.WithCancel(ctx)
	closes := func() { stop(); reader.close(); r.close(); s.Close() }
	f, err := v.feed(ctx, s)
	if err != nil {
		closes()
		return nil, nil, nil, err
	}
	ours, theirs = v.arrivals(r.feed), v.arrivals(f)
	held := make(chan struct{})
	r.own.Go(func() { ours.watch(watching, &r.book, held) })
	r.own.Go(func() {
		for reader.read() == nil {
			theirs.at <- time.Now()
		}
	})
	<-held
	return ours, theirs, closes, nil
}

func (v *venue) arrivals(f *feed) *arrivals {
	return &arrivals{f.conn, f.tape, make(chan time.Time, 1)}
}

// watch tells when a change came, after those of the markets known before.
func (a *arrivals) watch(ctx context.Context, book *ticker.Book, held chan<- struct{}) {
	known := book.Status().Known
	for c := range book.Watch(ctx) {
		now := time.Now()
		switch {
		case c.Market == "":
		case known > 0:
			if known--; known == 0 {
				close(held)
			}
		default:
			a.at <- now
		}
	}
}
