package main

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// TestMain is also main, for the processes that tests start.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == roleFlag {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// TestQuick: every row can be measured, and what is no matter of speed holds.
func TestQuick(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{"-quick"}, &out), "%s", &out)
	for _, g := range groups() {
		assert.Contains(t, out.String(), "\n| "+g.name+" | ")
	}
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, " lost ") || strings.Contains(line, "steps back") || strings.HasPrefix(line, "| readers ") {
			assert.NotContains(t, line, "| short |")
		}
	}
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{{"-rounds", "2"}, {"-for", "0s"}, {"-markets", "0"}, {"-run", "("}, {"-run", "^nothing$"}, {"rows"}} {
		assert.ErrorContains(t, run(t.Context(), args, io.Discard), "goals: ")
	}
}

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		row  row
		want string
	}{
		{row{what: "w", goal: atMost(2), unit: " ms", values: []float64{1, 2, 9}}, "| g | w | at most 2 ms | 2 ms | 1.50 to 5.50 | pass |  |\n"},
		{row{what: "w", goal: atMost(2), values: []float64{1, 2, 9}, all: true}, "| g | w | at most 2 | 9 | 1 to 9 | short |  |\n"},
		{row{what: "w", goal: atLeast(0.5), values: []float64{0.4}}, "| g | w | at least 0.50 | 0.40 | 0.40 to 0.40 | short |  |\n"},
		{row{what: "w", goal: atLeast(0), values: []float64{0, 1}, all: true, note: "n"}, "| g | w | at least 0 | 0 | 0 to 1 | pass | n |\n"},
		{row{what: "w", values: []float64{1234.5}}, "| g | w |  | 1234 | 1234 to 1234 |  |  |\n"},
	} {
		var out strings.Builder
		assert.Equal(t, !strings.Contains(c.want, "short"), c.row.write(&out, "g"))
		assert.Equal(t, c.want, out.String())
	}
}
