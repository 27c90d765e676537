//go:build !unix

package pgtest

import (
	"errors"
	"os/exec"
)

type owner struct{}

func unprivileged() (owner, error) {
	return owner{}, errors.New("pgtest: private servers are for Unix only; set TICKERSYNC_TEST_POSTGRES")
}

func (owner) own(string) error { return nil }

func (owner) command(name string, args ...string) *exec.Cmd { return exec.Command(name, args...) }
