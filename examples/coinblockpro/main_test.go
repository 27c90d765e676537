package main

import (
	"bytes"
	"context"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/coinblockpro"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs the example on free ports and returns where it says it listens, and
// what ends it.
func serve(t *testing.T, args ...string) (rest, ws string, end func() string) {
	t.Helper()
	cfg, dialect, err := parse(append([]string{"-rest", "127.0.0.1:0", "-ws", "localhost:0", "-rate", "1000"}, args...), io.Discard)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	out := &lines{first: make(chan struct{})}
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, out, cfg, dialect) }()
	end = sync.OnceValue(func() string {
		cancel()
		assert.NoError(t, <-ended)
		return out.buf.String()
	})
	t.Cleanup(func() { end() })
	select {
	case <-out.first:
	case err := <-ended:
		require.NoError(t, err)
	}
	found := regexp.MustCompile(`REST API at (http://\S+), websocket at (ws://\S+);`).FindStringSubmatch(out.said())
	require.Len(t, found, 3)
	return found[1], found[2], end
}

// lines is written by the example and read by the test.
type lines struct {
	mu    sync.Mutex
	buf   bytes.Buffer
	first chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.buf.Len() == 0 {
		defer close(l.first)
	}
	return l.buf.Write(p)
}

func (l *lines) said() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// TestServes: the adapter reads both ports, whichever way frames are written.
func TestServes(t *testing.T) {
	for _, args := range [][]string{nil, {"-json"}} {
		rest, ws, end := serve(t, args...)
		source := coinblockpro.New(&coinblockpro.Options{Options: exchange.Options{RESTURL: rest, WebSocketURL: ws}})
		defer source.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		us, err := source.Snapshot(ctx)
		require.NoError(t, err)
		require.Len(t, us, 45)
		ms, err := source.Markets(ctx)
		require.NoError(t, err)
		stream, err := source.Connect(ctx, ms)
		require.NoError(t, err)
		for range 20 {
			us, err := stream.Read(ctx, nil)
			require.NoError(t, err)
			require.NotEmpty(t, us)
		}
		require.NoError(t, stream.Close())
		source.CloseIdleConnections()
		assert.Regexp(t, `Answered 1 requests, sent \d+ frames on 1 connections.`, end())
	}
}

// TestPython: Python reads the frames with ast.literal_eval, where there is one.
func TestPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 here")
	}
	rest, ws, _ := serve(t, "-busy", "45")
	address := strings.TrimSuffix(strings.TrimPrefix(ws, "ws://"), "/ticker_feed")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, python, "testdata/client.py", rest, address, "500").CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Equal(t, "read 500 frames\n", string(out))
}

func TestFlags(t *testing.T) {
	var errs bytes.Buffer
	_, _, err := parse([]string{"extra"}, &errs)
	require.Error(t, err)
	assert.Equal(t, "coinblockpro: unexpected argument \"extra\"\n", errs.String())
	cfg, dialect, err := parse(nil, &errs)
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:8000", cfg.RESTAddr)
	assert.Equal(t, "127.0.0.1:8001", cfg.WebSocketAddr)
	assert.False(t, dialect.JSON)
	cfg.RESTAddr = "127.0.0.1:no"
	require.ErrorContains(t, run(t.Context(), &errs, cfg, dialect), "coinblockpro: simexchange: listen")
}
