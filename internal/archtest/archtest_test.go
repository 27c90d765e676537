package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func run(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	return out
}

func TestArrowsOfTheHouse(t *testing.T) {
	root := filepath.Dir(strings.TrimSpace(string(run(t, ".", "env", "GOMOD"))))
	look(t, root)
	dec := json.NewDecoder(bytes.NewReader(run(t, root, "list", "-e", "-deps", "-json=ImportPath,Standard,Imports,Deps", "./...")))
	var pkgs []pkg
	for {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		pkgs = append(pkgs, p)
	}
	require.Greater(t, len(pkgs), 50)
	for _, b := range check(pkgs) {
		t.Error(b)
	}
}

// look at every directory, so that go test does not take an old result for this
// one: it knows what a test has opened, not what go list has.
func look(t *testing.T, root string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && path != root && strings.HasPrefix(d.Name(), ".") && d.IsDir() {
			return filepath.SkipDir
		}
		return err
	}))
}

// Every rule must notice what it is there for.
func TestRulesNotice(t *testing.T) {
	for _, c := range []struct{ from, to, rule string }{
		{"ticker", "internal/memnet", "ticker knows nobody"},
		{"ticker", "exchange", "ticker knows nobody"},
		{"ticker", "golang.org/x/time/rate", "ticker rests on decimals alone"},
		{"ticker/arbitrage", "exchange", "what is built on ticker"},
		{"ticker/history", "fullsync", "what is built on ticker"},
		{"exchange", "exchange/kraken", "the contract"},
		{"fullsync", "exchange/kraken", "engines"},
		{"singlesync", "exchange/simexchange", "engines"},
		{"internal/engine", "internal/keyed", "engines"},
		{"exchange/kraken", "fullsync", "adapters"},
		{"exchange/kraken", "internal/engine", "adapters"},
		{"exchange/kraken", "exchange/simexchange", "adapters"},
		{"exchange/kraken", "exchange/kraken/krakensim", "adapters"},
		{"exchange/natskv", "fullsync", "adapters"},
		{"exchange/simexchange", "fullsync", "simulations"},
		{"exchange/simexchange", "testing", "only test kits import testing"},
		{"exchange/kraken/krakensim", "singlesync", "simulations"},
		{"examples/quickstart", "exchange/exchangetest", "examples"},
		{"examples/quickstart", "testing", "only test kits import testing"},
		{"exchange/kraken", "github.com/stretchr/testify/assert", "few others"},
		{"fullsync", "golang.org/x/sync/errgroup", "few others"},
		{"exchange/kraken", "github.com/nats-io/nats.go", "NATS"},
		{"ticker/arbitrage", "github.com/jackc/pgx/v5", "Postgres"},
		{"ticker", "github.com/tidwall/wal", "the spool's log"},
		{"internal/bench", "github.com/wneessen/go-mail", "mail"},
		{"exchange/kraken", "nhooyr.io/websocket", "only internal/wsconn"},
		{"internal/memnet", "nhooyr.io/websocket/wsjson", "only internal/wsconn"},
	} {
		assert.Contains(t, strings.Join(check(arrow(c.from, c.to)), "\n"), c.rule, "%s to %s", c.from, c.to)
	}
	for _, c := range [][2]string{
		{"ticker", "github.com/govalues/decimal"}, {"ticker", "strings"}, {"ticker/history", "github.com/jackc/pgx/v5"}, {"ticker/arbitrage", "ticker"},
		{"exchange", "ticker"}, {"exchange", "golang.org/x/time/rate"}, {"exchange/natskv", "github.com/nats-io/nats.go/jetstream"},
		{"exchange/exchangetest", "fullsync"}, {"exchange/exchangetest", "exchange/simexchange"}, {"exchange/exchangetest", "testing"},
		{"exchange/kraken/krakensim", "exchange/kraken"}, {"exchange/kraken/krakensim", "exchange/simexchange"},
		{"examples/quickstart", "exchange/simexchange"}, {"internal/wsconn", "nhooyr.io/websocket"}, {"fullsync", "internal/engine"},
	} {
		assert.Empty(t, check(arrow(c[0], c[1])), "%s to %s", c[0], c[1])
	}
}

func arrow(from, to string) []pkg {
	host, _, slash := strings.Cut(to, "/")
	std := !slash && (to == "strings" || to == "testing")
	if !strings.Contains(host, ".") && !std {
		to = module + to
	}
	return []pkg{{ImportPath: module + from, Imports: []string{to}, Deps: []string{to}}, {ImportPath: to, Standard: std}}
}
