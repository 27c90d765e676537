package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Mode is how a server is stopped.
type Mode string

const (
	Fast      Mode = "fast"      // ends every connection, and writes everything down
	Immediate Mode = "immediate" // as a crash: the next start recovers from the log
)

// Server is a private Postgres. Its methods are for one goroutine at a time.
type Server struct {
	bin, dir string
	owner    owner
	guard    *exec.Cmd
	pipe     io.Closer // closed: the guard stops the server and removes dir
}

// New makes a cluster with the settings (of postgresql.conf) and starts it. They
// replace our own: no network, and fsync off, since no test pulls the plug.
// ErrNotInstalled says that there is nothing to start.
func New(settings map[string]string) (s *Server, err error) {
	s = &Server{}
	if s.bin, err = find(); err != nil {
		return nil, err
	}
	if s.owner, err = unprivileged(); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp("", "tickersync-pg"); err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	if err = s.watch(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	if err = s.init(settings); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) init(settings map[string]string) error {
	err := s.run("initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C", "--no-instructions")
	if err != nil {
		return err
	}
	all := map[string]string{
		"listen_addresses": "''", "unix_socket_directories": "'" + s.dir + "'",
		"fsync": "off", "max_connections": "50", "lc_messages": "'C'",
	}
	maps.Copy(all, settings)
	f, err := os.OpenFile(filepath.Join(s.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if _, err := fmt.Fprintf(f, "%s = %s\n", name, all[name]); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	return s.Start()
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// watch starts the guard: a shell that waits until this process is gone, or wants
// it so, and then takes the server and its directory away.
func (s *Server) watch() error {
	if err := errors.Join(os.Chmod(s.dir, 0o700), s.owner.own(s.dir)); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	s.guard = s.owner.command("/bin/sh", "-c", `cat >/dev/null; cd /
"$1" -D "$2/data" -m immediate -w -t 20 stop >/dev/null 2>&1; rm -rf "$2"`, "guard", filepath.Join(s.bin, "pg_ctl"), s.dir)
	pipe, err := s.guard.StdinPipe()
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	s.pipe = pipe
	if err := s.guard.Start(); err != nil {
		return fmt.Errorf("pgtest: guard of the server: %w", err)
	}
	return nil
}

// Start starts the server after Stop, and returns when it takes connections.
func (s *Server) Start() error {
	log := filepath.Join(s.dir, "log")
	err := s.run("pg_ctl", "-D", s.data(), "-l", log, "-w", "-t", "60", "start")
	if err == nil {
		return nil
	}
	text, _ := os.ReadFile(log)
	return fmt.Errorf("%w\n%s", err, text)
}

// Stop stops the server. It can be started again.
func (s *Server) Stop(mode Mode) error {
	return s.run("pg_ctl", "-D", s.data(), "-m", string(mode), "-w", "-t", "60", "stop")
}

// Close stops the server and removes its directory. A second Close does nothing.
func (s *Server) Close() error {
	if s.pipe == nil {
		return nil
	}
	err := s.pipe.Close()
	s.pipe = nil
	if err := errors.Join(err, s.guard.Wait()); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	return nil
}

// URL is where a database of the server is.
func (s *Server) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/" + database}
	u.RawQuery = url.Values{"host": {s.dir}, "sslmode": {"disable"}}.Encode()
	return u.String()
}

// Command is one of the programs of the server's installation: psql, pgbench.
func (s *Server) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, filepath.Join(s.bin, name), args...)
}

func (s *Server) run(name string, args ...string) error {
	cmd := s.owner.command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.WaitDelay = time.Second // the server may have inherited the pipe
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return fmt.Errorf("pgtest: %s: %w: %s", name, err, strings.TrimSpace(out.String()))
	}
	return nil
}
