package history

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tickersync/tickersync/internal/backoff"
)

const (
	flushRows  = 10_000                // rows of one transaction, about
	flushBytes = 16 << 20              // or bytes
	flushEvery = 50 * time.Millisecond // unless there are many rows, how long a transaction waits for more
	flushFew   = 1000                  // that is many

	flushTimeout  = 30 * time.Second // a transaction that takes longer is given up
	lastFlush     = 5 * time.Second  // when Run ends: how long to write what is in the spool
	maintainEvery = time.Hour
)

// flusher takes what is in the spool to the database.
type flusher struct {
	*run
	pool    *pgxpool.Pool
	options *Options

	claimed    bool // this run has taken the recorder's name
	undropped  bool // what was written could not be dropped
	maintained time.Time
	state      state
}

// state is what the flusher knows of the database, as of the last commit.
type state struct {
	recorder int32
	pos      uint64
	ts       int64 // the last that is there; 0: none
	done     place
	next     uint64 // the spool's first entry behind done
	series   map[string]int32
	links    map[uint64]int32 // by number
	days     map[int64]bool   // those that there is a partition for
}

// flushAll flushes until what is in the spool when spooled is closed is written, or
// that takes too long.
func (f *flusher) flushAll(ctx context.Context, spooled <-chan struct{}) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var limit sync.WaitGroup
	limit.Go(func() {
		select {
		case <-spooled:
			sleep(ctx, lastFlush)
			cancel()
		case <-ctx.Done():
		}
	})
	defer limit.Wait()
	defer cancel()
	wait := backoff.Backoff{Min: 100 * time.Millisecond, Max: 3 * time.Second}
	for {
		err := f.session(ctx, spooled, &wait)
		switch {
		case err == nil || ctx.Err() != nil:
			return
		case permanent(err):
			f.fail(err)
			return
		}
		f.away(err)
		select {
		case <-spooled: // the database is away, and there is no time
			return
		case <-time.After(wait.Next()):
		}
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// away notes whether the database is, and says so once.
func (f *flusher) away(err error) {
	var was error
	f.status.set(func(s *Status) { was, s.Database = s.Database, err })
	switch {
	case err != nil && was == nil:
		f.log.Warn("history: the database cannot be written", "recorder", f.name, "error", err)
	case err == nil && was != nil:
		f.log.Info("history: the database is written again", "recorder", f.name)
	}
}

// session flushes on one connection. Nil: the run is over, and all is written.
func (f *flusher) session(ctx context.Context, last <-chan struct{}, wait *backoff.Backoff) error {
	conn, err := f.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	for {
		over := false
		select {
		case <-last:
			over = true
		default:
		}
		begun := time.Now()
		rows, err := f.flush(ctx, conn.Conn())
		if err != nil {
			return err
		}
		wait.Up()
		f.away(nil)
		f.maintain(ctx, conn.Conn())
		switch {
		case rows >= flushFew:
			continue
		case over && rows == 0:
			return nil
		case over:
			continue
		}
		select {
		case <-f.spool.wrote:
		case <-last:
			continue
		}
		select {
		case <-last:
		case <-time.After(time.Until(begun.Add(flushEvery))):
		}
	}
}

// maintain makes days ahead and drops old ones, now and then.
func (f *flusher) maintain(ctx context.Context, conn *pgx.Conn) {
	if time.Since(f.maintained) < maintainEvery {
		return
	}
	f.maintained = time.Now()
	if err := Maintain(ctx, conn); err != nil {
		f.log.Warn("history: the days of the tables", "recorder", f.name, "error", err)
	}
}

// flush writes the next entries of the spool in one transaction. It returns how
// many rows these are.
func (f *flusher) flush(ctx context.Context, conn *pgx.Conn) (rows int, err error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	l, err := f.gather()
	if err != nil || l.entries == 0 {
		return 0, err
	}
	state := f.state // what is learnt counts when it is committed
	l.state = &state
	if err := l.ensureDays(ctx, conn); err != nil {
		return 0, err
	}
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return l.write(ctx, tx, f.spool.id) })
	if err != nil {
		f.state.days = nil // somebody may have dropped one
		return 0, explain("write", err)
	}
	l.learn()
	f.state = state
	f.status.set(func(s *Status) { s.Rows += uint64(l.rows()) })
	// On a full disk there may be no room to cut the log; it is dropped when all is written.
	if err := f.spool.drop(f.state.next); (err == nil) == f.undropped {
		if f.undropped = err != nil; f.undropped {
			f.log.Warn("history: the spool cannot be cut for now", "recorder", f.name, "error", err)
		}
	}
	return l.rows(), nil
}

// permanent reports whether trying again is of no use.
func permanent(err error) bool {
	if _, ok := errors.AsType[*VersionError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*configError](err); ok {
		return true
	}
	return errors.Is(err, ErrFenced) || errors.Is(err, ErrForeign) || errors.Is(err, ErrNotAllowed)
}

// configError is an error of Setup that has nothing to do with the connection.
type configError struct{ error }

// Unwrap returns what Setup said.
func (e *configError) Unwrap() error { return e.error }

// lost reports whether the database was away, or busy: whether the same may
// succeed another time.
func lost(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pg.Code[:2] {
		case "08", "40", "53", "55", "57", "58", "XX": // connection, rollback, resources, state, operator, system, internal
			return true
		}
		return false
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		pgconn.SafeToRetry(err) || pgconn.Timeout(err)
}
