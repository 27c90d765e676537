package main

import (
	"bytes"
	"context"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker/history"
)

// loadCompose reads compose.yaml as docker compose does, profiles included.
func loadCompose(t *testing.T) *types.Project {
	t.Helper()
	o, err := cli.NewProjectOptions([]string{"compose.yaml"}, cli.WithProfiles([]string{"*"}), cli.WithResolvedPaths(true))
	require.NoError(t, err)
	p, err := o.LoadProject(t.Context())
	require.NoError(t, err)
	return p
}

// ours are the services that run this program, in the order of their names.
func ours(p *types.Project) (ss []types.ServiceConfig) {
	for _, name := range slices.Sorted(slices.Values(p.ServiceNames())) {
		if s := p.Services[name]; s.Build != nil {
			ss = append(ss, s)
		}
	}
	return ss
}

func TestCompose(t *testing.T) {
	p := loadCompose(t)
	var names []string
	for _, s := range ours(p) {
		names = append(names, s.Name)
		assert.True(t, s.ReadOnly, s.Name)
		assert.Equal(t, []string{"ALL"}, s.CapDrop)
		dockerfile := filepath.Join(s.Build.Context, s.Build.Dockerfile)
		_, err := os.Stat(dockerfile)
		require.NoError(t, err)
		_, err = os.Stat(filepath.Join(s.Build.Context, "go.mod"))
		require.NoError(t, err, "the library is built with it")
		for _, v := range s.Volumes {
			assert.Equal(t, "/spool", v.Target, "the image has that directory, for its user")
		}
		assert.Empty(t, s.Ports)
		assert.Empty(t, s.User, "the image says who")
	}
	assert.Equal(t, []string{"record-bitstamp", "record-coinbase", "record-kraken", "report", "scanner"}, names)
	assert.Empty(t, p.Services["timescale"].Ports)
	if exec.Command("docker", "compose", "version").Run() == nil {
		out, err := exec.Command("docker", "compose", "config", "--quiet").CombinedOutput()
		require.NoError(t, err, string(out))
	}
}

// The command that builds the program in the image makes one that needs nothing of
// the image, and it runs.
func TestDockerfile(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	text, err := os.ReadFile("Dockerfile")
	require.NoError(t, err)
	assert.Contains(t, string(text), "\nUSER 65532:65532\n")
	assert.Regexp(t, `(?m)^FROM gcr\.io/distroless/static-debian12:nonroot$`, string(text))
	build := regexp.MustCompile(`(?m)^ +(CGO_ENABLED=0 go build .*) -o /arbitrage \.$`).FindStringSubmatch(string(text))
	require.NotNil(t, build)
	program := filepath.Join(t.TempDir(), "arbitrage")
	out, err := exec.CommandContext(t.Context(), "sh", "-c", build[1]+" -buildvcs=false -o "+program+" .").CombinedOutput()
	require.NoError(t, err, string(out))
	f, err := elf.Open(program)
	require.NoError(t, err)
	defer f.Close()
	for _, s := range f.Progs {
		assert.NotEqual(t, elf.PT_INTERP, s.Type, "it is linked statically")
	}
	run := exec.CommandContext(t.Context(), program, "-for", "1s")
	run.Env, run.Dir = []string{}, t.TempDir()
	out, err = run.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.True(t, strings.Contains(string(out), "opened") || strings.Contains(string(out), "no signals"), string(out))
}

// TestComposeCommands runs the command line of each service, as it is written but
// for where the database and the spool are, on simulated exchanges and a real
// Postgres.
func TestComposeCommands(t *testing.T) {
	db := postgres.Database(t)
	sim := newSimulation(3, false, []string{"bitstamp", "coinbase", "kraken"})
	sim.moody *= 5 // for many signals in a short time
	ctx, cancel := context.WithCancel(t.Context())
	var moving sync.WaitGroup
	moving.Go(func() { sim.run(ctx) })
	defer moving.Wait()
	defer cancel()
	w := &world{source: sim.source}

	var report []string
	var running sync.WaitGroup
	outs := map[string]*bytes.Buffer{}
	notesOf := map[string]*bytes.Buffer{}
	for _, s := range ours(loadCompose(t)) {
		args := slices.Clone(s.Command)
		for i, a := range args {
			switch {
			case strings.HasPrefix(a, "postgres://"):
				assert.Equal(t, "postgres://tickersync@timescale/tickersync", a)
				assert.Contains(t, s.Environment, "PGPASSWORD")
				args[i] = db
			case a == "/spool":
				args[i] = filepath.Join(t.TempDir(), "spool")
			}
		}
		if s.Name == "report" {
			report = args
			continue
		}
		out, errs := new(bytes.Buffer), new(bytes.Buffer)
		outs[s.Name], notesOf[s.Name] = out, errs
		limited, stop := context.WithTimeout(ctx, 8*time.Second)
		running.Go(func() {
			defer stop()
			assert.NoError(t, run(limited, args, w, out, &notes{to: errs}), s.Name)
		})
	}
	running.Wait()
	for name, out := range outs {
		t.Logf("%s:\n%s%.600s", name, notesOf[name], out)
		if name == "scanner" {
			assert.Contains(t, out.String(), " opened ")
			continue
		}
		assert.Regexp(t, `^[1-9]\d* changes, [1-9]\d* rows written\n$`, out.String(), name)
	}
	require.Len(t, outs, 4)

	pool, err := pgxpool.New(t.Context(), db)
	require.NoError(t, err)
	defer pool.Close()
	latest, err := history.ReadLatest(t.Context(), pool, "", "")
	require.NoError(t, err)
	assert.Len(t, latest, 3*5, "each market of each exchange")

	text, err := reported(t, db, append(report[3:], "-last", "20s", "-step", "500ms", "-fee", "0")...)
	require.NoError(t, err)
	assert.Contains(t, text, "paid for about")
	t.Log("\n" + text)
}
