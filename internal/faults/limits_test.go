package faults_test

import (
	"testing"
	"time"
)

// The limits that the rows set, as programs would with other values.
const (
	pingEvery    = time.Second
	connectRate  = 4 // a second
	connectBurst = 4
	maxFrame     = 1 << 20
	maxBody      = 1 << 20
)

// Those that a busy machine would break in vain: with -short they are doubled.
func idle() time.Duration           { return patience(2 * time.Second) }
func pongWithin() time.Duration     { return patience(time.Second) }
func requestTimeout() time.Duration { return patience(time.Second) }
func connectTimeout() time.Duration { return patience(3 * time.Second) }

func patience(d time.Duration) time.Duration {
	if testing.Short() {
		return 2 * d
	}
	return d
}

// long is how long something lasts: a with -full, b without.
func long(a, b time.Duration) time.Duration {
	if *full {
		return a
	}
	return b
}
