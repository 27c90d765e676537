//go:build unix

package history

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// unlocker holds a lock on a directory, which ends with the process, too.
type unlocker struct{ f *os.File }

// lockDir makes a directory and locks it.
func lockDir(dir string) (u unlocker, err error) {
	if err := os.MkdirAll(filepath.Join(dir, "log"), 0o750); err != nil {
		return u, fmt.Errorf("history: open the spool: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return u, fmt.Errorf("history: open the spool: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil { //nolint:gosec // a descriptor fits
		return u, errors.Join(fmt.Errorf("%w: %s: %w", ErrInUse, dir, err), f.Close())
	}
	return unlocker{f}, nil
}

func (u unlocker) unlock() error { return u.f.Close() }

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
