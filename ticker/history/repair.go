package history

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

func (s *spool) logDir() string { return filepath.Join(s.dir, "log") }

// segments returns the paths of a log's segment files in their order. Their names
// are the number of their first entry in 20 digits.
func segments(dir string) (paths []string, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if _, err := strconv.ParseUint(e.Name(), 10, 64); err == nil && len(e.Name()) == 20 {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths, err
}

// repair cuts what a torn write has left at the end of a log: the last segment
// ends before its first entry that is not whole.
func repair(dir string) error {
	paths, err := segments(dir)
	if err != nil || len(paths) == 0 {
		return err
	}
	path := paths[len(paths)-1]
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	good := 0
	for good < len(data) {
		size, n := binary.Uvarint(data[good:])
		if n <= 0 || size > uint64(len(data)-good-n) {
			break
		}
		end := good + n + int(size) //nolint:gosec // it fits the file
		if _, _, ok := unseal(data[good+n : end]); !ok {
			break
		}
		good = end
	}
	if good == len(data) {
		return nil
	}
	return os.Truncate(path, int64(good))
}

// starts are the numbers of the first entries of a log's segments, in order.
func starts(dir string) (all []uint64, err error) {
	paths, err := segments(dir)
	for _, p := range paths {
		if first, err := strconv.ParseUint(filepath.Base(p), 10, 64); err == nil {
			all = append(all, first)
		}
	}
	return all, err
}

func sizeOf(dir string) (n int64, err error) {
	paths, err := segments(dir)
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil {
			n += info.Size()
		}
	}
	return n, err
}

// session is what a spool's file "session" holds.
type session struct {
	Spool   string `json:"spool"`
	Session uint64 `json:"session"`
}

// sessionSize is that of the file, which is written in place: on a full disk, too,
// what was spooled has to go on to the database.
const sessionSize = 128

// newSession begins a session: its number is higher than any before, whatever
// became of the log or the clock.
func newSession(dir string) (spool string, number uint64, err error) {
	path := filepath.Join(dir, "session")
	s := session{Spool: rand.Text()}
	data, err := os.ReadFile(path)
	switch {
	case err == nil && len(data) > 0: // a power cut may leave it empty
		if err := json.Unmarshal(data, &s); err != nil {
			return "", 0, fmt.Errorf("%w: %s: %w", ErrDamaged, path, err)
		}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", 0, fmt.Errorf("history: open the spool: %w", err)
	}
	s.Session = max(s.Session+1, uint64(max(time.Now().Unix(), 0)))
	data, err = json.Marshal(s)
	if err != nil {
		return "", 0, err
	}
	for len(data) < sessionSize {
		data = append(data, '\n')
	}
	if err := writeInPlace(path, data); err != nil {
		return "", 0, fmt.Errorf("history: open the spool: %w", err)
	}
	return s.Spool, s.Session, nil
}

func writeInPlace(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
