package archtest

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestLiveFlag: go test ./exchange/... -live fails in a package whose tests do not
// know the flag.
func TestLiveFlag(t *testing.T) {
	root := filepath.Dir(strings.TrimSpace(string(run(t, ".", "env", "GOMOD"))))
	look(t, root)
	list := run(t, root, "list", "-e", "-f", "{{.ImportPath}} {{.TestImports}} {{.XTestImports}}", "./exchange/...")
	for line := range strings.Lines(string(list)) {
		path, imports, _ := strings.Cut(line, " ")
		if strings.Contains(imports, "testing") && !strings.Contains(imports, module+"internal/livetest") {
			assert.Fail(t, path+" has tests, and needs a live_test.go that imports internal/livetest")
		}
	}
}
