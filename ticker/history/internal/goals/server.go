package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os/exec"
	"runtime"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tickersync/tickersync/internal/pgtest"
	"github.com/tickersync/tickersync/ticker/history"
)

// server is a database to measure on.
type server struct {
	private  *pgtest.Server // nil: the server was named
	admin    string         // URL of the database that was named
	database string         // ours, dropped in the end
	url      string         // of it
	pool     *pgxpool.Pool
	schema   history.Schema
}

// newServer makes a database with a history on the named server, or on a private one.
func newServer(ctx context.Context, named string, layout history.Layout) (*server, error) {
	s := &server{admin: named, database: "tickersync_goals_" + strings.ToLower(rand.Text()[:8])}
	if named == "" {
		private, err := pgtest.New(map[string]string{"fsync": "on", "shared_buffers": "512MB", "max_wal_size": "4GB"})
		if err != nil {
			return nil, err
		}
		s.private, s.admin = private, private.URL("postgres")
	}
	if err := s.open(ctx, layout); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *server) open(ctx context.Context, layout history.Layout) error {
	u, err := url.Parse(s.admin)
	if err != nil {
		return err
	}
	u.Path = "/" + s.database
	s.url = u.String()
	if err := execute(ctx, s.admin, "CREATE DATABASE "+s.database); err != nil {
		return err
	}
	if s.pool, err = pgxpool.New(ctx, s.url); err != nil {
		return err
	}
	s.schema, err = history.Setup(ctx, s.pool, &history.Options{Layout: layout})
	return err
}

func (s *server) close() error {
	if s.pool != nil {
		s.pool.Close()
	}
	if s.private != nil {
		return s.private.Close()
	}
	return execute(context.Background(), s.admin, "DROP DATABASE IF EXISTS "+s.database+" WITH (FORCE)")
}

func execute(ctx context.Context, url string, sqls ...string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, sql := range sqls {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// describe says what is measured on.
func (s *server) describe(ctx context.Context, out io.Writer) error {
	var version, settings string
	err := s.pool.QueryRow(ctx, `SELECT version(), string_agg(name || ' ' || current_setting(name), ', ' ORDER BY name) FROM pg_settings
		WHERE name IN ('fsync', 'synchronous_commit', 'shared_buffers', 'max_wal_size', 'jit')`).Scan(&version, &settings)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n%s; layout %s (%s); %d CPUs\n", version, settings, s.schema.Layout, s.schema.Why, runtime.NumCPU())
	return err
}

// psql is the program, of the private server's installation or on PATH, without
// anybody's settings.
func (s *server) psql(ctx context.Context, args ...string) *exec.Cmd {
	args = append([]string{"-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", s.url}, args...)
	if s.private != nil {
		return s.private.Command(ctx, "psql", args...)
	}
	return exec.CommandContext(ctx, "psql", args...)
}
