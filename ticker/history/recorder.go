package history

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tickersync/tickersync/ticker"
)

// ErrFenced: another recorder of the same name, with a spool of its own, has begun
// to write. What this one spooled and did not write stays in its spool, and is
// written when it is run again.
var ErrFenced = errors.New("history: another recorder of this name writes to the database")

// Recorder writes every change that Books accept to a database. A change is
// appended to a local spool first and goes from there to the database, in
// transactions that move the recorder's position with the rows: so an outage of
// the database, of the program, or of both loses nothing that was spooled, and
// doubles nothing. What never came to the spool is said by rows of the table gap.
//
// Its fields are set before Run. The feeds never wait for it, whatever happens.
type Recorder struct {
	// Name is the recorder's in the database. If "", "recorder". Recorders that run
	// at the same time need different ones: of two with one name the later writes,
	// and the other's Run returns ErrFenced.
	Name string
	// Pool is the database. Run keeps one of its connections, and opens another for
	// Setup. It need not be reachable when Run begins.
	Pool *pgxpool.Pool
	// Dir is the spool's directory, on a local disk, for this recorder alone; Run
	// makes it. Who loses it loses what the database had not yet.
	Dir string
	// Limit is how many bytes the spool may take. If zero, 1 GiB: about an hour and
	// a half at 1,000 changes a second. Less than 1 MiB counts as that.
	Limit int64
	// Depth is how many changes of each Book may wait for the spool (see
	// Book.Follow). If zero, 16,384.
	Depth int
	// Schema is how Run sets the database up, where that is not done. If nil, with
	// all defaults.
	Schema *Options
	// Logger is told when recording or writing stops and goes on. If nil, nobody is.
	Logger *slog.Logger

	status atomic.Pointer[status]
}

// Status is how a Recorder stands.
type Status struct {
	Changes uint64 // changes on the disk, since Run began
	Rows    uint64 // rows written to the database, since Run began
	Lost    uint64 // changes lost, since Run began: gaps say when
	Bytes   int64  // what the spool takes of the disk
	// Spool is why changes do not come to the spool at present; nil: they do.
	// errors.Is tells ErrFull.
	Spool error
	// Database is why rows do not come to the database at present; nil: they do.
	Database error
}

// Status returns how the recorder stands. It may be called from any goroutine, and
// is zero before Run.
func (r *Recorder) Status() Status {
	s := r.status.Load()
	if s == nil {
		return Status{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Status
}

// linger is how long after the end of its context a recorder reads the Books.
const linger = 50 * time.Millisecond

// status is a Status that several goroutines write.
type status struct {
	mu sync.Mutex
	Status
}

func (s *status) set(f func(s *Status)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.Status)
}

// Run records the Books until ctx ends. It begins with each market that is known,
// and goes on when the engine of a Book ends and another begins. While the
// database is away it spools; while the spool is full or the disk is, it records
// nothing, says so in Status, and goes on when there is room. When ctx ends, what
// was taken in is spooled, and written if the database answers within five seconds.
//
// It returns the context's cause, or what cannot get better: ErrInUse and other
// errors of opening the spool, ErrFenced, Setup's errors, two Books of one name.
func (r *Recorder) Run(ctx context.Context, books ...*ticker.Book) (err error) {
	if r.Pool == nil || r.Dir == "" {
		return errors.New("history: a Recorder needs a Pool and a Dir")
	}
	limit := max(cmp.Or(r.Limit, 1<<30), 1<<20)
	s, err := openSpool(r.Dir, limit)
	if err != nil {
		return err
	}
	defer func() {
		if e := s.close(); e != nil && err == nil {
			err = fmt.Errorf("history: close the spool: %w", e)
		}
	}()
	st := &status{}
	r.status.Store(st)
	n := &run{
		name: cmp.Or(r.Name, "recorder"), depth: cmp.Or(r.Depth, 1<<14), spool: s, session: s.next.session, status: st,
		log: cmp.Or(r.Logger, slog.New(slog.DiscardHandler)), buffer: newBuffer(int(min(limit/16, 4<<20))),
	}
	ctx, n.fail = context.WithCancelCause(ctx)
	defer n.fail(nil)
	n.begin()

	// The Books are read for a little longer than ctx lives: what they took in by
	// then may still wait in their rings.
	reading, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var readers, writers sync.WaitGroup
	for _, b := range books {
		o := newObserver(n, b)
		readers.Go(func() { o.follow(reading) })
		readers.Go(func() { o.listen(reading) })
	}
	f := &flusher{run: n, pool: r.Pool, options: r.Schema}
	spooled := make(chan struct{})
	writers.Go(func() { defer close(spooled); n.write(ctx) })
	writers.Go(func() { f.flushAll(ctx, spooled) })
	<-ctx.Done()
	time.Sleep(linger)
	stop()
	n.buffer.wake()
	readers.Wait()
	n.buffer.close()
	writers.Wait()
	return context.Cause(ctx)
}

// run is what the goroutines of one Run share.
type run struct {
	name   string
	depth  int
	spool  *spool
	status *status
	log    *slog.Logger
	buffer *buffer
	fail   context.CancelCauseFunc

	session uint64        // the spool's
	numbers atomic.Uint64 // of links and gaps, in this session
	names   sync.Map      // of exchanges that Books have, to the Books
	stuck   atomic.Int64  // the last moment at which the spool took nothing
}

// number returns another number for a link or a gap: higher than all of earlier
// sessions, since sessions count seconds at least.
func (n *run) number() uint64 { return n.session<<28 | n.numbers.Add(1) }

// begin notes that a session begins: what changed before it was not seen.
func (n *run) begin() {
	e := event{kind: eventStart, at: micros(time.Now())}
	n.buffer.add(e.append(nil), 0)
}

// buffer holds the events that were not spooled yet.
type buffer struct {
	mu      sync.Mutex
	room    sync.Cond
	events  []byte
	changes uint64
	most    int
	closed  bool          // nothing comes any more
	ending  bool          // who waits for room gives up
	more    chan struct{} // has an element when there are many
}

// newBuffer makes a buffer that takes so many bytes before its readers wait. As
// many are on their way to the disk; what comes then waits in the Books' rings.
func newBuffer(most int) *buffer {
	b := &buffer{more: make(chan struct{}, 1), most: most}
	b.room.L = &b.mu
	return b
}

// add puts events at the end, when there is room.
func (b *buffer) add(events []byte, changes uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.events) > b.most && !b.ending {
		b.room.Wait()
	}
	if len(b.events) > 2*b.most {
		return // ending, and the disk takes nothing
	}
	b.events = append(b.events, events...)
	b.changes += changes
	if len(b.events) > b.most/16 {
		b.signal()
	}
}

func (b *buffer) signal() {
	select {
	case b.more <- struct{}{}:
	default:
	}
}

// take returns the events, and whether there will be more. Its place is for others.
func (b *buffer) take(into []byte) (events []byte, changes uint64, closed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	events, changes = b.events, b.changes
	b.events, b.changes = into[:0], 0
	b.room.Broadcast()
	return events, changes, b.closed
}

func (b *buffer) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.signal()
}

func (b *buffer) wake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ending = true
	b.room.Broadcast()
}
