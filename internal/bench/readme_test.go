package bench

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestReadme: the Dial in the README is the one that is compiled and measured here.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	_, block, ok := strings.Cut(string(text), "<!-- dial -->\n```go\n")
	require.True(t, ok, "no Dial in README.md")
	block, _, ok = strings.Cut(block, "```\n")
	require.True(t, ok, "no end of the Dial in README.md")
	code, err := os.ReadFile("dial.go")
	require.NoError(t, err)
	_, want, _ := strings.Cut(string(code), "package bench\n\n")
	assert.Equal(t, want, block)
}
