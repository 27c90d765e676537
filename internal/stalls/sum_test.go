package stalls

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestSince(t *testing.T) {
	at := time.Unix(1e9, 0)
	m := &Meter{times: []stall{
		{at, time.Second},
		{at.Add(2 * time.Second), 10 * time.Millisecond},
		{at.Add(5 * time.Second), 200 * time.Millisecond},
	}}
	assert.Equal(t, 210*time.Millisecond, m.Since(at.Add(time.Second)))
	assert.Equal(t, 200*time.Millisecond, m.Since(at.Add(2*time.Second)))
	assert.Zero(t, m.Since(at.Add(time.Minute)))
}
