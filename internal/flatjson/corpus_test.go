package flatjson

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var keep = flag.String("keep", "", "a directory of inputs that fuzzing found: the short ones are added to the corpus")

// corpusFile holds what fuzzing found of interest, an input a line, quoted as Go does.
const corpusFile = "testdata/corpus.txt"

func corpus(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile(corpusFile)
	require.NoError(t, err)
	var inputs []string
	for line := range strings.Lines(string(text)) {
		input, err := strconv.Unquote(strings.TrimSuffix(line, "\n"))
		require.NoError(t, err, line)
		inputs = append(inputs, input)
	}
	return inputs
}

// TestKeep adds to the corpus, when asked to:
//
//	go test -run Keep -keep $(go env GOCACHE)/fuzz/github.com/tickersync/tickersync/internal/flatjson/FuzzAgainstEncodingJSON
func TestKeep(t *testing.T) {
	all := map[string]bool{}
	for _, input := range corpus(t) {
		all[strconv.Quote(input)+"\n"] = true
	}
	if *keep == "" {
		return
	}
	files, err := filepath.Glob(filepath.Join(*keep, "*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		quoted := strings.TrimSuffix(strings.TrimPrefix(string(text), "go test fuzz v1\n[]byte("), ")\n")
		input, err := strconv.Unquote(quoted)
		require.NoError(t, err, f)
		if len(input) <= 200 {
			all[strconv.Quote(input)+"\n"] = true
		}
	}
	require.NoError(t, os.WriteFile(corpusFile, []byte(strings.Join(slices.Sorted(maps.Keys(all)), "")), 0o600))
}
