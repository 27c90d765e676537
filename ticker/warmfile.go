package ticker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// WriteFile writes what WriteTo does to a file. It is written beside the path and
// then renamed, so that there is always the old file or the new one, whole, even
// when the program or the machine stops meanwhile. Several may write at once: the
// last wins.
func (b *Book) WriteFile(path string) error {
	if err := b.writeFile(path); err != nil {
		return fmt.Errorf("ticker: %w", err)
	}
	return nil
}

func (b *Book) writeFile(path string) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = b.WriteTo(f)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes a rename last, where a system can do that.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}

// ReadFile reads a file that WriteFile wrote, as ReadFrom does. Where there is no
// such file the error is fs.ErrNotExist: a program that starts for the first time
// passes over it.
func (b *Book) ReadFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("ticker: %w", err)
	}
	defer f.Close()
	_, err = b.ReadFrom(f)
	return err
}
