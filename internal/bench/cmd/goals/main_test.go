package main

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/internal/bench"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestQuick: every row can be measured.
func TestQuick(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{"-quick"}, &out), "%s", &out)
	for _, row := range bench.Rows() {
		assert.Contains(t, out.String(), "\n| "+row.Name+" | ")
	}
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{{"-rounds", "7"}, {"-for", "0s"}, {"-run", "("}, {"-run", "^nothing$"}, {"rows"}} {
		assert.ErrorContains(t, run(t.Context(), args, io.Discard), "goals: ")
	}
}
