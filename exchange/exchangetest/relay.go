package exchangetest

import (
	"context"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/tickersync/tickersync/internal/engine"
	"github.com/tickersync/tickersync/ticker"
)

// Relay is what keeps the Book that is looked at in place of an engine: from Books
// that engines keep beside the exchange, by way of something of its own. Every
// invariant is looked at on the Book at the far end. What it is allowed there
// beyond a Book beside the exchange is named here, and nothing else is.
type Relay struct {
	// Run keeps far true until ctx ends, and returns as an engine's Run does. Faults
	// of its own it ends when near.Calm is closed.
	Run func(ctx context.Context, far *ticker.Book, near *Near) error
	// Late is the most that the far Book is behind the near one while nothing is
	// wrong between them: by so much more may an AsOf be old.
	Late time.Duration
}

// Near is the exchange's side of a Relay in one history. Its methods may be called
// from any goroutine.
type Near struct {
	// T is the history's, for what its Cleanup has to end and for what is wrong with the
	// relay itself; an error of it should name the Seed.
	T    testing.TB
	Seed uint64
	// Rand is drawn from the history's seed, for Run's goroutine alone.
	Rand *rand.Rand
	// Calm is closed when all faults have to end.
	Calm <-chan struct{}

	w   *world
	run func(ctx context.Context, book *ticker.Book) error
}

// Run runs an engine on a Book, as Simulate without a Relay does on the one that is
// looked at. Several may run, each on a Book of its own; they share one budget.
func (n *Near) Run(ctx context.Context, book *ticker.Book) error {
	n.w.mu.Lock()
	n.w.near = append(n.w.near, book)
	seed := n.w.cfg.Seed + uint64(len(n.w.near))<<32
	n.w.mu.Unlock()
	return n.run(engine.WithSeed(ctx, seed), book)
}

// Behind says that from now on the far Book may be behind by so much more, since
// Run has something go wrong between the Books: without order keys a value may step
// back to what was true so much longer ago. It is never allowed to look fresher.
func (n *Near) Behind(d time.Duration) {
	n.w.mu.Lock()
	defer n.w.mu.Unlock()
	n.w.behind += d
}

// Tell logs what happens in a history that is replayed.
func (n *Near) Tell(format string, args ...any) { n.w.tell(format, args...) }

// relayed runs the relay on the Book that is looked at.
func (w *world) relayed(ctx context.Context, run func(context.Context, *ticker.Book) error) error {
	w.behind = w.relay.Late
	return w.relay.Run(ctx, &w.book, &Near{
		T: w.t, Seed: w.cfg.Seed, Rand: rand.New(rand.NewPCG(w.cfg.Seed, 8)), Calm: w.calmed, w: w, run: run,
	})
}

// books returns those that an engine keeps.
func (w *world) books() []*ticker.Book {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.relay == nil {
		return []*ticker.Book{&w.book}
	}
	return append([]*ticker.Book(nil), w.near...)
}

// late is by how much more an AsOf may be old at the far end.
func (w *world) late() time.Duration {
	if w.relay == nil {
		return 0
	}
	return w.relay.Late
}

// alone makes sure that a history shares nothing with the one before it: what is
// between the Books may keep timers in a sync.Pool, and those of another
// synctest bubble cannot be used.
func alone() {
	for range 2 { // the second empties what the first kept for a while
		runtime.GC()
	}
}
