package stalls_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tickersync/tickersync/internal/stalls"
)

// In a bubble no time passes but what is slept, and nothing is late.
func TestNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := stalls.New(0)
		defer m.Stop()
		began := time.Now()
		time.Sleep(time.Minute)
		assert.Zero(t, m.Since(began))
		m.Stop()
		time.Sleep(time.Hour)
		assert.Zero(t, m.Since(began))
	})
}
