package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The whole, as `go run .` runs it, but for its length.
func TestWhole(t *testing.T) {
	var out, errs bytes.Buffer
	err := run(t.Context(), []string{"-for", "9s", "-markets", "100", "-rate", "300"}, nil, &out, &errs)
	text := out.String()
	require.NoError(t, err, text)
	assert.Empty(t, errs.String())
	for _, want := range []string{
		"exchange   100 markets, 300 changes a second, on http://127.0.0.1:",
		"KILL       the collector",
		"reader 3   live again, ",
		"SUMMARY    reader 1: 200 of 200 prices are those of the exchange",
		"SUMMARY    reader 3: 200 of 200 prices are those of the exchange",
		"SUMMARY    steps back: 0 of trades",
		"SUMMARY    0 of ",
	} {
		assert.Contains(t, text, want)
	}
	assert.NotContains(t, text, "BROKEN")
	assert.NotContains(t, text, "half within 0s", "delays are measured")
}

// stopper ends the program as soon as it writes something.
type stopper struct {
	bytes.Buffer
	at   string
	stop func()
}

func (s *stopper) Write(p []byte) (int, error) {
	if strings.Contains(string(p), s.at) {
		s.stop()
	}
	return s.Buffer.Write(p)
}

// An interrupt ends everything in order.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &stopper{at: "standby    starts", stop: cancel}
	require.NoError(t, run(ctx, []string{"-markets", "10", "-rate", "10"}, nil, out, out), out.String())
	assert.Contains(t, out.String(), "SUMMARY    interrupted")
	assert.NotContains(t, out.String(), "BROKEN")
}

// Where the program is killed the processes that it has started end, too.
func TestKilled(t *testing.T) {
	b, err := startBroker()
	require.NoError(t, err)
	defer b.stop()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-role", "all", "-for", "1h", "-markets", "10", "-rate", "10", "-nats", b.srv.ClientURL())
	require.NoError(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill() }()
	clients := func(n int) func() bool { return func() bool { return b.srv.NumClients() == n } }
	require.Eventually(t, clients(6), patience, 10*time.Millisecond, "itself, collector, stand-by, three readers")
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	require.Eventually(t, clients(0), patience, 10*time.Millisecond)
}
