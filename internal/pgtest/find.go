package pgtest

import (
	"cmp"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
)

// ErrNotInstalled: no Postgres server is installed here.
var ErrNotInstalled = errors.New("pgtest: Postgres is not installed: neither initdb on PATH nor /usr/lib/postgresql/*/bin/initdb")

// find returns the directory of the server's programs: that of the initdb on PATH,
// or of the newest that Debian's packages have installed.
func find() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil && executable(filepath.Dir(path), "pg_ctl") {
			return filepath.Dir(path), nil
		}
	}
	dirs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", fmt.Errorf("pgtest: %w", err)
	}
	version := func(dir string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
		return n
	}
	slices.SortFunc(dirs, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	for _, dir := range dirs {
		if executable(dir, "initdb") && executable(dir, "pg_ctl") {
			return dir, nil
		}
	}
	return "", ErrNotInstalled
}

func executable(dir, name string) bool {
	_, err := exec.LookPath(filepath.Join(dir, name))
	return err == nil
}
