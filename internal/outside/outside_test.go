package outside

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const library = "github.com/tickersync/tickersync"

// TestReadme makes a module outside of the repository with the README's two
// programs, and builds and runs them.
func TestReadme(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a module of its own")
	}
	dir := module(t, "stranger")
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	write(t, dir, "main.go", program(t, string(text), "program"))
	write(t, dir, "main_test.go", program(t, string(text), "test"))

	run(t, dir, "mod", "tidy")
	assert.ElementsMatch(t, []string{
		library, "nhooyr.io/websocket", "golang.org/x/time", "github.com/govalues/decimal",
	}, requirements(t, dir))

	out := run(t, dir, "run", ".")
	assert.Contains(t, out, "markets known: 45\n")
	assert.Regexp(t, `(?m)^BTC-EUR \d[\d.]* age \d+(\.\d+)?(s|ms|µs)$`, out)
	assert.Regexp(t, `(?m)^ETH-EUR \d[\d.]*$`, out)
	assert.Contains(t, out, "end: context deadline exceeded\n")

	run(t, dir, "vet", ".")
	assert.Contains(t, run(t, dir, "test", "-v", "."), "--- PASS: TestOutage")
}

// module makes a module outside of the repository that can use the library.
func module(t *testing.T, name string) (dir string) {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	look(t, root)
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	dir = t.TempDir()
	write(t, dir, "go.sum", string(sums)) // so that no checksum has to be looked up
	write(t, dir, "go.mod", "module example.com/"+name+"\n\ngo 1.26\n\nreplace "+library+" => "+root+"\n")
	return dir
}

// program returns the Go code that stands in a README behind a marker.
func program(t *testing.T, text, marker string) string {
	t.Helper()
	_, text, ok := strings.Cut(text, "<!-- "+marker+" -->\n```go\n")
	require.True(t, ok, "no %s in README.md", marker)
	code, _, ok := strings.Cut(text, "\n```\n")
	require.True(t, ok, "no end of the %s in README.md", marker)
	return code + "\n"
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
}

func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := try(t, dir, args...)
	require.NoError(t, err, "go %v:\n%s", args, out)
	return out
}

func try(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func requirements(t *testing.T, dir string) []string {
	t.Helper()
	var mod struct{ Require []struct{ Path string } }
	require.NoError(t, json.Unmarshal([]byte(run(t, dir, "mod", "edit", "-json")), &mod))
	var paths []string
	for _, r := range mod.Require {
		paths = append(paths, r.Path)
	}
	return paths
}

// look at every directory, so that go test does not take an old result for this
// one: it knows what a test has opened, not what the go command has.
func look(t *testing.T, root string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && path != root && strings.HasPrefix(d.Name(), ".") && d.IsDir() {
			return filepath.SkipDir
		}
		return err
	}))
}
