package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/tickersync/tickersync/internal/stalls"
	"github.com/tickersync/tickersync/ticker"
)

// reporter writes what a process has to tell: lines for people, or events for the
// program that started it. Its methods may be called from any goroutine.
type reporter struct {
	child bool
	book  ticker.Book // the one that it tells of

	mu    sync.Mutex
	out   io.Writer
	seen  []sighting
	lost  int
	state ticker.State // told last
	at    time.Time    // when

	stalled time.Duration
}

func newReporter(out io.Writer, child bool) *reporter { return &reporter{out: out, child: child} }

// every is how often a process tells how its Book stands.
func (r *reporter) every() time.Duration {
	if r.child {
		return 100 * time.Millisecond
	}
	return time.Second
}

// leastStall is what counts as one: less is what any program has to bear.
const leastStall = 10 * time.Millisecond

// tell tells how the Book stands, and what it takes in, until ctx ends.
func (r *reporter) tell(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	if r.child {
		wg.Go(func() { r.follow(ctx) })
	}
	tick := time.NewTicker(r.every())
	defer tick.Stop()
	meter := stalls.New(leastStall)
	defer meter.Stop()
	last := time.Now()
	for ctx.Err() == nil {
		changed := r.book.StatusChanged()
		now := time.Now()
		r.stalled += meter.Since(last)
		last = now
		r.stand()
		select {
		case <-ctx.Done():
		case <-changed:
		case <-tick.C:
		}
	}
}

// follow notes each price that the Book takes in.
func (r *reporter) follow(ctx context.Context) {
	for c := range r.book.Follow(ctx, 1<<14) {
		r.mu.Lock()
		n := len(r.seen)
		r.seen = sightings(r.seen, &c.Ticker, c.Groups)
		for i := range r.seen[n:] {
			r.seen[n+i].At = c.At
		}
		r.lost += c.Skipped
		r.mu.Unlock()
	}
}

// stand tells how the Book stands, with what was noted.
func (r *reporter) stand() {
	s := standing(&r.book)
	s.Stalled = r.stalled
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.child {
		r.write(event{Stand: &s, Seen: r.seen, Lost: r.lost})
		r.seen, r.lost = r.seen[:0], 0
		return
	}
	if s.State == r.state && s.At.Sub(r.at) < r.every()*9/10 {
		return // a change of something else
	}
	r.state, r.at = s.State, s.At
	line := fmt.Sprintf("%s, %d of %d markets, %s", s.State, s.Known, s.Total, ages(s.span()))
	if s.State == ticker.Down {
		line += ": " + s.Error
	}
	r.line(line)
}

// all tells everything that the Book holds.
func (r *reporter) all() {
	var held []sighting
	for t := range r.book.All() {
		held = sightings(held, &t, ticker.TradeGroup|ticker.QuoteGroup)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.write(event{Book: held})
}

// write writes an event. Nobody is left to be told if that fails.
func (r *reporter) write(e event) {
	b, err := json.Marshal(e)
	if err != nil {
		panic(err) // there is nothing in it that cannot be written
	}
	_, _ = r.out.Write(append(b, '\n'))
}

func (r *reporter) line(text string) {
	_, _ = fmt.Fprintf(r.out, "%s  %s\n", time.Now().Format("15:04:05.000"), text)
}

// logger is for what the library logs: changes of state.
func (r *reporter) logger() *slog.Logger { return slog.New(&handler{r: r}) }

// handler writes a record as its message and what belongs to it.
type handler struct {
	r    *reporter
	with string
}

// Enabled implements slog.Handler.
func (h *handler) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }

// Handle implements slog.Handler.
func (h *handler) Handle(_ context.Context, rec slog.Record) error {
	text := rec.Message + h.with
	rec.Attrs(func(a slog.Attr) bool {
		text += " " + a.String()
		return true
	})
	h.r.mu.Lock()
	defer h.r.mu.Unlock()
	if h.r.child {
		h.r.write(event{Log: text})
	} else {
		h.r.line(text)
	}
	return nil
}

// WithAttrs implements slog.Handler.
func (h *handler) WithAttrs(as []slog.Attr) slog.Handler {
	c := *h
	for _, a := range as {
		c.with += " " + a.String()
	}
	return &c
}

// WithGroup implements slog.Handler: groups are not shown.
func (h *handler) WithGroup(string) slog.Handler { return h }
