package exchange

import (
	"context"
	"iter"
	"sync"
	"time"
)

// FlightRecorder keeps what an exchange sent last: the frames of its websockets
// and the answers of its REST API, as they were on the wire, with their times. When
// something goes wrong in a Run that has it as Options.Record, it keeps what it had
// at that moment for the program, which may write it to a file. Package
// exchangetest plays such a file again, so that a report becomes a test.
//
// What the program sends is not recorded, nor are the headers of answers but those
// that say how old they are, nor the query of a websocket's address: so nothing
// secret is. Connections are recorded if their adapter opens them with
// Options.Connect, as WebSocket does, requests if it asks with REST.
//
// The zero value is ready, and serves one Run at a time. It must not be copied. Its
// methods may be called from any goroutine, and on nil, which records nothing.
type FlightRecorder struct {
	// MaxBytes is how much is kept at most, in bytes. If zero, 16 MiB. While a
	// Recording waits or is held by the program, as much again may be in use for
	// each. Of each connection the beginning is kept, a 64th of it at most and a
	// quarter for all, because what comes later often means nothing without; and so is
	// the last list of markets, if it takes no more than half.
	MaxBytes int

	mu      sync.Mutex
	name    string
	seq     uint64
	used    int      // bytes
	heads   int      // of them, in the beginnings of connections
	ring    []*entry // the oldest first
	list    []*entry // the requests of the last list of markets
	flights []*Flight
	links   int
	calls   int
	dropped uint64
	pending *Recording // that nobody has taken yet
	wake    chan struct{}
}

// FailureKind says what went wrong.
type FailureKind string

// The kinds of failures.
const (
	BadFrame    FailureKind = "frame"    // a frame or answer could not be read, or not wholly
	BrokenLink  FailureKind = "link"     // a connection was lost
	WrongTicker FailureKind = "mismatch" // REST answers otherwise than the stream told
)

// Failure is what went wrong in a Run. The zero value: nothing did.
type Failure struct {
	Kind FailureKind
	Err  error
	At   time.Time
}

// Failures waits for failures and returns what was recorded up to each. One that
// comes while another still waits to be taken is counted by that one, since the
// first says most. It ends with ctx, after the one that waits then. One
// goroutine may range over it at a time.
func (r *FlightRecorder) Failures(ctx context.Context) iter.Seq[*Recording] {
	return func(yield func(*Recording) bool) {
		for {
			rec, wake := r.take()
			switch {
			case rec != nil && !yield(rec):
				return
			case rec != nil:
				continue
			}
			select {
			case <-ctx.Done():
				if rec, _ := r.take(); rec != nil {
					yield(rec)
				}
				return
			case <-wake:
			}
		}
	}
}

// take returns the recording that waits, and what is closed when there is one.
func (r *FlightRecorder) take() (*Recording, <-chan struct{}) {
	if r == nil {
		return nil, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	rec := r.pending
	r.pending = nil
	if r.wake == nil {
		r.wake = make(chan struct{})
	}
	return rec, r.wake
}

// Recording returns what is recorded now, for a program that has found something
// wrong by itself.
func (r *FlightRecorder) Recording() *Recording {
	if r == nil {
		return &Recording{at: time.Now()}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.recording()
}

// Start says which exchange is recorded from now on. What follows is for engines,
// not for programs.
func (r *FlightRecorder) Start(name string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.name = name
}

// Failed keeps what is recorded, because something went wrong.
func (r *FlightRecorder) Failed(kind FailureKind, err error) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pending != nil {
		r.pending.Missed++
		return
	}
	r.pending = r.recording()
	r.pending.Failure = Failure{kind, err, time.Now()}
	if r.wake != nil {
		close(r.wake)
		r.wake = nil
	}
}

// recording copies what is kept.
func (r *FlightRecorder) recording() *Recording {
	rec := &Recording{Exchange: r.name, at: time.Now(), dropped: r.dropped}
	rec.entries = append(rec.entries, r.list...)
	for _, f := range r.flights {
		rec.entries = append(rec.entries, f.head...)
	}
	rec.entries = append(rec.entries, r.ring...)
	return rec
}
