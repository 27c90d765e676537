package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"

	"github.com/tidwall/wal"
)

// The spool is what a recorder writes to before the database: a log of batches on
// the local disk, in which a batch counts once it is synced. The log is that of
// github.com/tidwall/wal: numbered entries in segment files, a few hundred lines
// and two small dependencies. What it lacks is here: a checksum in each entry, and
// the repair of a log whose last write was torn (repair.go). Others that were
// looked at: hashicorp/raft-wal checks and repairs by itself, but calls itself
// experimental, and brings raft, bbolt and twenty more modules; so does
// Prometheus's tsdb/wlog, the best proved of all, bring a dozen; bbolt never gives
// disk space back, and dies of a file that was cut.

// Errors of the spool. Tell them apart with errors.Is.
var (
	// ErrFull: the spool has reached Recorder.Limit; or the disk is full, and the
	// error wraps what the system says.
	ErrFull = errors.New("history: the spool is full")
	// ErrInUse: another process has the spool open.
	ErrInUse = errors.New("history: the spool is in use")
	// ErrDamaged: a part of the spool is not what was written.
	ErrDamaged = errors.New("history: the spool is damaged")
)

// spool is a log of batches. Its methods may be called from any goroutine.
type spool struct {
	dir   string
	limit int64
	id    string // of this spool among those of a recorder
	lock  unlocker
	wrote chan struct{} // has an element after a batch was written

	mu      sync.Mutex
	log     *wal.Log // nil after a write has failed, until it is opened again
	segment int
	next    place // of the next batch
	size    int64 // of the log's files
}

// openSpool opens the spool in a directory, and makes both where there is none.
func openSpool(dir string, limit int64) (s *spool, err error) {
	s = &spool{dir: dir, limit: limit, wrote: make(chan struct{}, 1)}
	s.segment = int(min(max(limit/8, 64<<10), 8<<20))
	if s.lock, err = lockDir(dir); err != nil {
		return nil, err
	}
	if s.id, s.next.session, err = newSession(dir); err == nil {
		s.next.batch = 1
		err = s.reopen()
	}
	if err != nil {
		_ = s.lock.unlock()
		return nil, err
	}
	return s, nil
}

// reopen opens the log after its last entry that is whole.
func (s *spool) reopen() error {
	if err := repair(s.logDir()); err != nil {
		return fmt.Errorf("history: repair the spool: %w", err)
	}
	log, err := wal.Open(s.logDir(), &wal.Options{SegmentSize: s.segment, AllowEmpty: true, DirPerms: 0o750, FilePerms: 0o640})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if s.size, err = sizeOf(s.logDir()); err != nil {
		return errors.Join(err, log.Close())
	}
	s.log = log
	return nil
}

func (s *spool) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.log != nil {
		err = s.log.Close()
		s.log = nil
	}
	return errors.Join(err, s.lock.unlock())
}

// append writes a batch of events, and returns when it is on the disk. After an
// error it is not in the spool, and may be tried again.
func (s *spool) append(events []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.log == nil {
		if err := s.reopen(); err != nil {
			return err
		}
		// Where the sync failed the batch may be there all the same.
		if last, err := s.log.LastIndex(); err == nil && last > 0 {
			if p, _, err := s.readLog(last); err == nil && p == s.next {
				s.next.batch++
				return nil
			}
		}
	}
	if s.size+int64(len(events)) > s.limit {
		return fmt.Errorf("%w: %d of %d bytes", ErrFull, s.size, s.limit)
	}
	entry := seal(s.next, events)
	last, err := s.log.LastIndex()
	if err == nil {
		err = s.log.Write(last+1, entry)
	}
	if err != nil {
		// What the log has in memory is not what is on the disk: begin from there.
		_ = s.log.Close()
		s.log = nil
		if isFull(err) {
			return fmt.Errorf("%w: %w", ErrFull, err)
		}
		return fmt.Errorf("history: write the spool: %w", err)
	}
	s.size += int64(len(entry)) + binary.MaxVarintLen32
	s.next.batch++
	select {
	case s.wrote <- struct{}{}:
	default:
	}
	return nil
}

// bounds are the first and the last entry; the last is before the first where
// there is none.
func (s *spool) bounds() (first, last uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.log == nil {
		if err := s.reopen(); err != nil {
			return 0, 0, err
		}
	}
	if first, err = s.log.FirstIndex(); err == nil {
		last, err = s.log.LastIndex()
	}
	return first, last, err
}

// read returns an entry: its place and its events.
func (s *spool) read(index uint64) (place, []byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.log == nil {
		if err := s.reopen(); err != nil {
			return place{}, nil, err
		}
	}
	return s.readLog(index)
}

func (s *spool) readLog(index uint64) (p place, events []byte, err error) {
	defer func() { // a segment that lacks entries
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: entry %d: %v", ErrDamaged, index, r)
		}
	}()
	entry, err := s.log.Read(index)
	if err != nil {
		return p, nil, fmt.Errorf("%w: entry %d: %w", ErrDamaged, index, err)
	}
	p, events, ok := unseal(entry)
	if !ok {
		return p, nil, fmt.Errorf("%w: entry %d: wrong checksum", ErrDamaged, index)
	}
	return p, events, nil
}

// after is the first entry behind a place.
func (s *spool) after(p place) (uint64, error) {
	first, last, err := s.bounds()
	if err != nil {
		return 0, err
	}
	n := sort.Search(int(last+1-first), func(i int) bool {
		at, _, err := s.read(first + uint64(i))
		return err == nil && at.after(p)
	})
	return first + uint64(n), nil
}

// drop gives up the entries before index, when they are worth it: the log copies
// the segment in which it is cut.
func (s *spool) drop(index uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.log == nil {
		return nil
	}
	last, err := s.log.LastIndex()
	if err != nil {
		return err
	}
	if all := index == last+1 && s.size > int64(s.segment)/2; !all {
		before, err := starts(s.logDir())
		if err != nil {
			return err
		}
		n, _ := slices.BinarySearch(before, index+1)
		if n <= 4 {
			return nil
		}
		index = before[n-1]
	}
	if err := s.log.TruncateFront(index); err != nil {
		_ = s.log.Close()
		s.log = nil
		return fmt.Errorf("history: drop what is in the database: %w", err)
	}
	s.size, err = sizeOf(s.logDir())
	return err
}
