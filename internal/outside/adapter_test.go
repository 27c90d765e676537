package outside

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange/exchangetest"
)

// TestAdapter makes a module outside of the repository with an adapter of its own,
// and has the kit prove it there; and disprove it when it is wrong.
func TestAdapter(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a module of its own")
	}
	dir := module(t, "harbour")
	files, err := filepath.Glob("testdata/adapter/*.txt")
	require.NoError(t, err)
	require.Len(t, files, 3)
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		write(t, dir, strings.TrimSuffix(filepath.Base(f), ".txt"), string(text))
	}
	run(t, dir, "mod", "tidy")
	run(t, dir, "vet", ".")
	out := run(t, dir, "test", "-v", "-timeout", "5m", ".")
	for _, l := range exchangetest.Laws() {
		assert.Contains(t, out, "--- PASS: TestLaws/"+strings.ReplaceAll(l.Name, " ", "_"))
	}
	for _, i := range exchangetest.Invariants() {
		assert.Contains(t, out, "--- PASS: TestSimulation/fullsync/"+i.Name)
	}

	text, err := os.ReadFile(filepath.Join(dir, "harbour.go"))
	require.NoError(t, err)
	wrong := strings.Replace(string(text), "u.Quote.Bid = read(m.Bid)", "u.Quote.Bid = read(m.Ask)", 1)
	require.NotEqual(t, string(text), wrong)
	write(t, dir, "harbour.go", wrong)
	out, err = try(t, dir, "test", ".")
	require.Error(t, err)
	assert.Contains(t, out, "--- FAIL: TestLaws/whole_groups")
	assert.Contains(t, out, "--- FAIL: TestSimulation/fullsync/")
}
