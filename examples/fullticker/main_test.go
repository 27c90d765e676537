package main

import (
	"bytes"
	"context"
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
	f, err := stage.ParseFlags("fullticker", 10*time.Second, args, io.Discard)
	require.NoError(t, err)
	return f
}

func check(t *testing.T, out string) {
	t.Helper()
	assert.Regexp(t, `(?m)^Websocket: market [a-z]{3}_[a-z]{3} to price [0-9.]+$`, out)
	assert.Regexp(t, `(?m)^REST: market [a-z]{3}_[a-z]{3} to price [0-9.]+$`, out)
	assert.Equal(t, 1, strings.Count(out, "We now have information on all markets!\n"))
	assert.True(t, strings.HasSuffix(out, "45 of 45 markets are known.\n"), out)
}

func TestSimulated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := flags(t, "-period", "5s")
		f.Simulated.Memory = true
		var out bytes.Buffer
		began := time.Now()
		require.NoError(t, run(t.Context(), stage.NewScreen(&out, false), f))
		assert.Equal(t, 5*time.Second, time.Since(began))
		check(t, out.String())
	})
}

// The first answer to a snapshot is a 429, and every connection is dropped after
// a second.
func TestForeignServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := memnet.Listen()
		server := foreign.Serve(l, 5, 1)
		defer server.Close()
		f := flags(t, "-period", "5s", "-rest", "http://exchange.example", "-ws", "ws://exchange.example/ticker_feed")
		f.Client = l.Client()
		defer f.Client.CloseIdleConnections()
		time.AfterFunc(500*time.Millisecond, server.StopLimiting)
		var out bytes.Buffer
		require.NoError(t, run(t.Context(), stage.NewScreen(&out, false), f))
		check(t, out.String())
		assert.Greater(t, server.Counts().Sockets, 2)
		assert.NotZero(t, server.Counts().Limited)
		assert.Contains(t, out.String(), "Websocket: connection lost: ")
		assert.Contains(t, out.String(), "Websocket: connected again\n")
	})
}

func TestRealSocketsAndInterrupt(t *testing.T) {
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := foreign.Serve(l, 0, 0)
	defer server.Close()
	addr := l.Addr().String()
	f := flags(t, "-period", "1h", "-rest", "http://"+addr, "-ws", "ws://"+addr+"/ticker_feed")
	ctx, interrupt := context.WithTimeout(t.Context(), 2*time.Second)
	defer interrupt()
	var out bytes.Buffer
	require.NoError(t, run(ctx, stage.NewScreen(&out, true), f))
	text := out.String()
	assert.Contains(t, text, "We now have information on all markets!\n")
	assert.Contains(t, text, "markets known, ", "the foot")
	assert.True(t, strings.HasSuffix(text, "45 of 45 markets are known.\n"), text)
}

func TestNoServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := memnet.Listen()
		f := flags(t, "-rest", "http://exchange.example", "-ws", "ws://exchange.example/ticker_feed")
		f.Client = l.Client()
		require.NoError(t, l.Close())
		var out bytes.Buffer
		require.NoError(t, run(t.Context(), stage.NewScreen(&out, false), f))
		assert.Contains(t, out.String(), "0 of 45 markets are known.\n")
		assert.Contains(t, out.String(), "Not known: btc_ltc, btc_eth, ")
		assert.Contains(t, out.String(), "Last error: connection: ")
	})
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{{"-period", "0s"}, {"-pace", "NaN"}, {"extra"}, {"-nonsense"}, {"-h"}} {
		var errs bytes.Buffer
		_, err := stage.ParseFlags("fullticker", time.Second, args, &errs)
		require.Error(t, err, args)
		assert.NotEmpty(t, errs.String())
	}
}
