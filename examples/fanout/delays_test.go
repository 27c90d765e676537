package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestDelays(t *testing.T) {
	var d delays
	assert.Zero(t, d.quantile(0.5))
	for i := range 1000 {
		d.add(time.Duration(i) * time.Millisecond / 100)
	}
	d.add(time.Minute)
	d.add(-time.Millisecond) // clocks of one machine agree, but for a little
	assert.Equal(t, 5*time.Millisecond, d.quantile(0.5))
	assert.Equal(t, 9910*time.Microsecond, d.quantile(0.99))
	assert.Equal(t, time.Second, d.quantile(1).Truncate(time.Second))
}

func TestShort(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"120µs": 123456, "2.35ms": 2345678, "235ms": 234567890, "2.3s": 2345678901, "1m0s": time.Minute,
	} {
		assert.Equal(t, want, short(d))
	}
}
