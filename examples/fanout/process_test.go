package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a process says to people as it fails is heard, and then how it ended.
func TestProcessFails(t *testing.T) {
	o := &options{self: []string{os.Args[0]}, nats: "nats://127.0.0.1:1", bucket: "b", replicas: 1}
	to := make(chan heard)
	p, err := o.start("reader 1", "reader", to)
	require.NoError(t, err)
	h := <-to
	assert.Same(t, p, h.from)
	assert.Contains(t, h.event.Log, "fanout: connect to NATS: ")
	h = <-to
	assert.True(t, h.ended)
	require.EqualError(t, h.err, "exit status 1")

	o.self = []string{"/nowhere"}
	_, err = o.start("reader 1", "reader", to)
	require.ErrorContains(t, err, "start reader 1: ")
}
