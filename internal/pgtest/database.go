package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// T is what is needed of a *testing.T or *testing.B.
type T interface {
	Helper()
	Cleanup(f func())
	Skip(args ...any)
	Fatal(args ...any)
	Error(args ...any)
}

const (
	envServer    = "TICKERSYNC_TEST_POSTGRES"
	envTimescale = "TICKERSYNC_TEST_TIMESCALE"
	envNoSkip    = "TICKERSYNC_TEST_NOSKIP"
)

// Shared is the server of a test process: the one that TICKERSYNC_TEST_POSTGRES
// names, or a private one, started when it is first needed. The zero value is
// ready. Its methods may be called from any goroutine.
type Shared struct {
	once   sync.Once
	server *Server
	err    error
}

// Database makes an empty database for the test, and returns its URL. It is
// dropped when the test ends. Without a server the test is skipped.
func (s *Shared) Database(t T) string {
	t.Helper()
	if server := os.Getenv(envServer); server != "" {
		return database(t, server)
	}
	s.once.Do(func() { s.server, s.err = New(nil) })
	if s.err != nil {
		without(t, s.err)
	}
	return database(t, s.server.URL("postgres"))
}

// Close ends a private server.
func (s *Shared) Close() error {
	if s.server == nil {
		return nil
	}
	return s.server.Close()
}

// Private starts a server that the test may stop and crash; it ends with the
// test. Where none is installed the test is skipped.
func Private(t T, settings map[string]string) *Server {
	t.Helper()
	s, err := New(settings)
	if err != nil {
		without(t, err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Timescale makes an empty database on the server that TICKERSYNC_TEST_TIMESCALE
// names, and returns its URL. Without one the test is not run, whatever
// TICKERSYNC_TEST_NOSKIP says: TimescaleDB is not in Debian.
func Timescale(t T) string {
	t.Helper()
	server := os.Getenv(envTimescale)
	if server == "" {
		t.Skip("not run: " + envTimescale + " names no server with TimescaleDB")
	}
	return database(t, server)
}

func without(t T, err error) {
	t.Helper()
	if os.Getenv(envNoSkip) != "" || !errors.Is(err, ErrNotInstalled) {
		t.Fatal(err)
		return
	}
	t.Skip(fmt.Sprintf("%v; %s names no server either", err, envServer))
}

// database makes a database on a server, by way of the database that the URL names.
func database(t T, server string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal("pgtest:", err)
	}
	name := "tickersync_test_" + strings.ToLower(rand.Text())
	if err := execute(server, "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := execute(server, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	u.Path = "/" + name
	return u.String()
}

func execute(url, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("pgtest: %s: %w", sql, err)
	}
	return nil
}
