package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/internal/foreign"
	"github.com/tickersync/tickersync/internal/memnet"
	"github.com/tickersync/tickersync/internal/stage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func flags(t *testing.T, args ...string) *stage.Flags {
	t.Helper()
	f, err := stage.ParseFlags("singleticker", 50*time.Second, args, io.Discard)
	require.NoError(t, err)
	return f
}

func check(t *testing.T, out string) {
	t.Helper()
	assert.Regexp(t, `(?m)^Websocket: market [a-z]{3}_[a-z]{3} to price [0-9.]+$`, out)
	assert.Regexp(t, `(?m)^REST: market [a-z]{3}_[a-z]{3} to price [0-9.]+$`, out)
	assert.Equal(t, 1, strings.Count(out, "All markets now have current information!\n"))
	assert.Regexp(t, `(?m)^Downloaded information on [1-9][0-9]? / 45 markets through the REST API\.$`, out)
	assert.True(t, strings.HasSuffix(out, "45 of 45 markets are known.\n"), out)
}

func TestSimulated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := flags(t, "-period", "30s")
		f.Simulated.Memory = true
		var out bytes.Buffer
		began := time.Now()
		require.NoError(t, run(t.Context(), stage.NewScreen(&out, false), f))
		assert.Equal(t, 30*time.Second, time.Since(began))
		check(t, out.String())
	})
}

// Every connection is dropped after five seconds, and every eighth request is
// answered with 429.
func TestForeignServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := memnet.Listen()
		server := foreign.Serve(l, 25, 8)
		defer server.Close()
		f := flags(t, "-period", "30s", "-rest", "http://exchange.example", "-ws", "ws://exchange.example/ticker_feed")
		f.Client = l.Client()
		defer f.Client.CloseIdleConnections()
		var out bytes.Buffer
		require.NoError(t, run(t.Context(), stage.NewScreen(&out, false), f))
		check(t, out.String())
		counts := server.Counts()
		assert.Greater(t, counts.Sockets, 3)
		assert.Greater(t, counts.Limited, 2)
		// What the feed never tells has been asked for; what was asked for before
		// all were known is what the line says.
		assert.GreaterOrEqual(t, len(counts.Answered), 23)
	})
}

// Without faults each market is asked for at most once, so that the line can be
// checked against what the server answered.
func TestCountsWhatWasAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := memnet.Listen()
		server := foreign.Serve(l, 0, 0)
		defer server.Close()
		f := flags(t, "-period", "30s", "-rest", "http://exchange.example", "-ws", "ws://exchange.example/ticker_feed")
		f.Client = l.Client()
		defer f.Client.CloseIdleConnections()
		var out bytes.Buffer
		require.NoError(t, run(t.Context(), stage.NewScreen(&out, false), f))
		check(t, out.String())
		answered := server.Counts().Answered
		for name, n := range answered {
			assert.Equal(t, 1, n, name)
		}
		assert.Contains(t, out.String(), fmt.Sprintf("Downloaded information on %d / 45 markets", len(answered)))
	})
}

func TestRealSocketsAndInterrupt(t *testing.T) {
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := foreign.Serve(l, 0, 0)
	defer server.Close()
	addr := l.Addr().String()
	f := flags(t, "-period", "1h", "-pace", "50", "-rest", "http://"+addr, "-ws", "ws://"+addr+"/ticker_feed")
	ctx, interrupt := context.WithTimeout(t.Context(), 2*time.Second)
	defer interrupt()
	var out bytes.Buffer
	require.NoError(t, run(ctx, stage.NewScreen(&out, true), f))
	text := out.String()
	assert.Contains(t, text, "All markets now have current information!\n")
	assert.Regexp(t, `\[\d+ / 45 markets known, syncing, REST: \d+ fetched, \d+s left\]`, text)
	assert.True(t, strings.HasSuffix(text, "45 of 45 markets are known.\n"), text)
}
