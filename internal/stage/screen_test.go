package stage_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/internal/stage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestScreenOnATerminal(t *testing.T) {
	var out bytes.Buffer
	s := stage.NewScreen(&out, true)
	s.Print("one")
	s.Foot("a", strings.Repeat("b", 100))
	s.Print("two %d", 2)
	s.Foot("c")
	s.Foot()
	s.Foot("d")
	s.Keep()
	s.Print("three")
	long := strings.Repeat("b", 79)
	assert.Equal(t, "one\n"+
		"a\n"+long+"\n"+
		"\x1b[2A\x1b[Jtwo 2\na\n"+long+"\n"+
		"\x1b[2A\x1b[Jc\n"+
		"\x1b[1A\x1b[J"+
		"d\nthree\n", out.String())
}

func TestScreenElsewhere(t *testing.T) {
	var out bytes.Buffer
	s := stage.NewScreen(&out, false)
	s.Foot("a")
	s.Print("one")
	assert.Equal(t, "one\n", out.String())

	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	defer f.Close()
	assert.False(t, stage.IsTerminal(f))
}
