package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/internal/stalls"
	"github.com/tickersync/tickersync/ticker"
)

// show is the run of everything: it starts the processes, hears what they say, and
// tells it. It is for one goroutine, that of the plot.
type show struct {
	o       *options
	out     io.Writer
	began   time.Time
	server  *simexchange.Server
	judge   *judge
	meter   *stalls.Meter
	heard   chan heard
	second  *time.Ticker
	all     []*process
	readers []*reader
	ending  bool          // processes may end
	broken  []string      // what was promised and did not hold
	took    time.Duration // the take-over
	lost    int           // changes that processes could not tell
}

// reader is a process that reads, and what it went through.
type reader struct {
	*process
	book []sighting // the answer to the last question
}

// all runs the processes and tells what becomes of them.
func all(ctx context.Context, o *options, out io.Writer) error {
	s := &show{o: o, out: out, began: time.Now(), heard: make(chan heard)}
	if o.nats == "" {
		b, err := startBroker()
		if err != nil {
			return err
		}
		defer b.stop()
		o.nats = b.srv.ClientURL()
	} else {
		nc, js, err := connect(o) // whether it can be reached at all
		if err != nil {
			return err
		}
		defer nc.Close()
		defer func() {
			if err := removeBucket(js, o.bucket); err != nil {
				s.say("NATS", "%v", err)
			}
		}()
	}
	server, err := startExchange(o)
	if err != nil {
		return err
	}
	defer server.Close()
	s.server = server
	s.judge = newJudge(server)
	s.meter = stalls.New(leastStall)
	defer s.meter.Stop()
	s.second = time.NewTicker(time.Second)
	defer s.second.Stop()
	defer s.clear()
	return s.play(ctx)
}

// say prints a line: when, who, what.
func (s *show) say(who, format string, args ...any) {
	_, _ = fmt.Fprintf(s.out, "%5.1fs  %-10s %s\n", time.Since(s.began).Seconds(), who, fmt.Sprintf(format, args...))
}

// breaks notes that a promise did not hold.
func (s *show) breaks(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	s.broken = append(s.broken, text)
	s.say("BROKEN", "%s", text)
}

// launch starts a process.
func (s *show) launch(name, role string, more ...string) (*process, error) {
	p, err := s.o.start(name, role, s.heard, more...)
	if err != nil {
		return nil, err
	}
	s.all = append(s.all, p)
	s.say(name, "starts, process %d", p.pid())
	return p, nil
}

// until hears the processes until something is so. It reports whether it came to be
// within the limit, to which the time is added for which this machine stood still.
func (s *show) until(ctx context.Context, limit time.Duration, so func() bool) bool {
	began := time.Now()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for !so() {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			more := time.Until(began.Add(limit + s.meter.Since(began)))
			if more <= 0 {
				return false
			}
			timer.Reset(more)
		case h := <-s.heard:
			s.hear(h)
		case <-s.second.C:
			s.each()
		}
	}
	return true
}

// sleep hears the processes for a time.
func (s *show) sleep(ctx context.Context, d time.Duration) {
	end := time.Now().Add(d)
	s.until(ctx, d, func() bool { return !time.Now().Before(end) })
}

// each is what is done each second: it looks at all that readers hold.
func (s *show) each() {
	now := time.Now()
	s.judge.settle(now)
	s.server.Forget(now.Add(-time.Minute))
	for _, r := range s.readers {
		if !r.exited {
			r.ask()
		}
	}
	if !s.ending {
		s.row()
	}
}

// row prints how the readers stand, those of one state together.
func (s *show) row() {
	for state := ticker.Idle; state <= ticker.Ended; state++ {
		n, freshest, oldest := 0, unknown, time.Duration(0)
		for _, r := range s.readers {
			if !r.exited && !r.last.At.IsZero() && r.last.State == state {
				f, o := r.last.span()
				n, freshest, oldest = n+1, min(freshest, f), max(oldest, o)
			}
		}
		if n > 0 {
			s.say("readers", "%d %s, %s", n, state, ages(freshest, oldest))
		}
	}
}

// hear takes what one process says.
func (s *show) hear(h heard) {
	p, e := h.from, &h.event
	if h.ended {
		p.exited = true
		if !p.killed && (h.err != nil || !s.ending) {
			s.breaks("%s has ended: %v", p.name, h.err)
		}
		return
	}
	if e.Log != "" && e.Log != p.said { // what is tried again fails again
		s.say(p.name, "%s", e.Log)
		p.said = e.Log
	}
	s.lost += e.Lost
	r := s.reader(p)
	switch {
	case r == nil:
		s.judge.published(p.name, e.Seen)
	case e.Book != nil:
		r.book = e.Book
		s.judge.holds(e.Book, s.meter.Since(time.Now().Add(-5*time.Second)))
	default:
		s.judge.read(p.name, e.Seen)
	}
	if e.Stand != nil {
		s.stands(p, e.Stand)
	}
}

// stands takes how a process's Book stands.
func (s *show) stands(p *process, now *stand) {
	was := p.last.State
	p.last = *now
	if now.State == was {
		return
	}
	span := ages(now.span())
	switch now.State {
	case ticker.Down:
		s.say(p.name, "down, %s: %s", span, now.Error)
	case ticker.Live:
		s.say(p.name, "live: %d of %d markets, %s", now.Known, now.Total, span)
	default:
	}
}

func (s *show) reader(p *process) *reader {
	for _, r := range s.readers {
		if r.process == p {
			return r
		}
	}
	return nil
}

// clear ends what still runs, whatever it does.
func (s *show) clear() {
	s.ending = true
	for _, p := range s.all {
		if !p.exited {
			p.kill()
		}
	}
	for _, p := range s.all {
		for !p.exited {
			s.hear(<-s.heard)
		}
	}
}
