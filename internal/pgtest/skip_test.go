package pgtest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

// told is a T that notes what it is told.
type told struct{ fatal, skip string }

func (*told) Helper()             {}
func (*told) Cleanup(func())      {}
func (*told) Error(...any)        {}
func (t *told) Fatal(args ...any) { t.fatal = fmt.Sprint(args...) }
func (t *told) Skip(args ...any)  { t.skip = fmt.Sprint(args...) }

// A test without a server is skipped and says why; where that is forbidden, and
// where a server is there but does not start, it fails.
func TestWithoutServer(t *testing.T) {
	t.Setenv(envNoSkip, "")
	var a, b, c told
	without(&a, ErrNotInstalled)
	assert.Empty(t, a.fatal)
	assert.Contains(t, a.skip, "Postgres is not installed")
	assert.Contains(t, a.skip, envServer)
	without(&b, errors.New("no room"))
	assert.Equal(t, "no room", b.fatal)
	t.Setenv(envNoSkip, "1")
	without(&c, ErrNotInstalled)
	assert.Contains(t, c.fatal, "not installed")
	assert.Empty(t, c.skip)
}
