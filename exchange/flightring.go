package exchange

import (
	"context"
	"slices"
	"time"

	"github.com/tickersync/tickersync/internal/replay"
	"github.com/tickersync/tickersync/ticker"
)

const (
	flightBytes = 16 << 20
	entryBytes  = 112 // that an entry takes beside its data
)

// entry is one thing that was recorded.
type entry struct {
	seq    uint64
	at     time.Time
	flight *Flight // nil: a request
	conn   int     // number among those of the flight
	frame  []byte
	other  *replay.Record // nil: a frame
	ms     []Listing      // of other; the engine's own list
}

func (e *entry) size() int { return entryBytes + len(e.frame) }

// Flight is what is recorded of one call of Source.Connect and of the link that
// comes of it. Its methods work on nil, and may be called from any goroutine.
type Flight struct {
	r     *FlightRecorder
	link  int
	ms    []Listing
	conns int
	head  []*entry
	size  int  // of the head
	full  bool // the head is
	left  int  // entries in the ring
	over  bool
}

// Flight begins to record a call of Connect, which must be made with the Flight's
// Context.
func (r *FlightRecorder) Flight(ms []Listing) *Flight {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.links++
	f := &Flight{r: r, link: r.links, ms: ms}
	r.flights = append(r.flights, f)
	return f
}

type flightKey struct{}

// Context returns a context under which Options.Connect is recorded.
func (f *Flight) Context(ctx context.Context) context.Context {
	if f == nil {
		return ctx
	}
	return context.WithValue(ctx, flightKey{}, f)
}

// Opened says that Connect has returned a Stream, and that a link begins, which
// carries the markets but those refused.
func (f *Flight) Opened(refused map[ticker.Market]bool) {
	if f == nil {
		return
	}
	var ms []Listing // none: all
	if len(refused) > 0 {
		ms = slices.DeleteFunc(slices.Clone(f.ms), func(l Listing) bool { return refused[l.Market] })
	}
	f.note(replay.Record{T: replay.Open}, ms)
}

// Carried says that the link carries further markets.
func (f *Flight) Carried(ms []Listing) { f.note(replay.Record{T: replay.Carry}, ms) }

// Closed says that the link has ended, or that there was none. The first call counts.
func (f *Flight) Closed(err error) {
	if f == nil {
		return
	}
	rec := replay.Record{T: replay.Close}
	if err != nil {
		rec.Error = err.Error()
	}
	f.r.mu.Lock()
	defer f.r.mu.Unlock()
	f.full = true // so that it is in the ring, with which the flight goes
	f.add(&entry{other: &rec})
	f.over = true
}

func (f *Flight) note(rec replay.Record, ms []Listing) {
	if f == nil {
		return
	}
	f.r.mu.Lock()
	defer f.r.mu.Unlock()
	f.add(&entry{other: &rec, ms: ms})
}

// add keeps an entry of the flight, at this moment.
func (f *Flight) add(e *entry) {
	if !f.over {
		e.at, e.flight = time.Now(), f
		f.r.add(e)
	}
}

// add keeps an entry: at the head of its flight, where there is room, or in the
// ring, which makes room.
func (r *FlightRecorder) add(e *entry) {
	most := r.most()
	r.seq++
	e.seq = r.seq
	f, n := e.flight, e.size()
	r.used += n
	// That it was opened, and what it carries, is kept in any case.
	note := f != nil && e.other != nil && e.other.T != replay.Close
	if note || f != nil && !f.full && f.size+n <= most/64 && r.heads+n <= most/4 {
		f.head = append(f.head, e)
		f.size += n
		r.heads += n
	} else {
		if f != nil {
			f.full = true
			f.left++
		}
		r.ring = append(r.ring, e)
	}
	r.shrink()
}

func (r *FlightRecorder) most() int {
	if r.MaxBytes > 0 {
		return r.MaxBytes
	}
	return flightBytes
}

// shrink makes room.
func (r *FlightRecorder) shrink() {
	for most := r.most(); r.used > most && len(r.ring) > 0; {
		r.evict()
	}
}

// evict drops the oldest entry of the ring, and the head of a flight of which it
// was the last.
func (r *FlightRecorder) evict() {
	e := r.ring[0]
	r.ring[0] = nil
	r.ring = r.ring[1:]
	r.used -= e.size()
	r.dropped++
	f := e.flight
	if f == nil {
		return
	}
	if f.left--; f.left > 0 || !f.over {
		return
	}
	r.used -= f.size
	r.heads -= f.size
	r.dropped += uint64(len(f.head))
	r.flights = slices.DeleteFunc(r.flights, func(o *Flight) bool { return o == f })
}
