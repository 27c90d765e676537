package main

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// TestMain is also main, for the processes that tests start.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-role" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

func TestOptions(t *testing.T) {
	for args, want := range map[string]string{
		"-role trader":                        `no role "trader"; there are all, collector, standby, reader`,
		"-for 2s":                             "-for must be at least 8s",
		"-markets 0":                          "-markets must be from 1 to 5000",
		"-rate NaN":                           "-rate must be more than nothing",
		"-readers 0":                          "-readers must be from 1 to 50",
		"-replicas 6":                         "-replicas must be from 1 to 5",
		"-role collector -rest http://x":      "-rest and -ws go together",
		"-rest http://x -ws ws://x":           "all has an exchange of its own",
		"-bucket b":                           "all has a bucket of its own",
		"collector":                           `what is "collector"? Roles are named with -role`,
		"-nats nats://127.0.0.1:1":            "connect to NATS: ",
		"-role reader -nats nats://[::1]:1":   "connect to NATS: ",
		"-role collector -nats tls://[::1]:1": "connect to NATS: ",
		"-role reader -creds none -nats :1":   "connect to NATS: ",
	} {
		var out, errs bytes.Buffer
		err := run(t.Context(), strings.Fields(args), &bytes.Buffer{}, &out, &errs)
		require.ErrorContains(t, err, want, args)
		assert.Empty(t, out.String()+errs.String(), args)
	}
	var errs bytes.Buffer
	require.ErrorIs(t, run(t.Context(), []string{"-markets", "many"}, nil, &errs, &errs), flag.ErrHelp)
	assert.Contains(t, errs.String(), `invalid value "many" for flag -markets`)
}

func TestOptionsAreTaken(t *testing.T) {
	o, err := parse([]string{"-role", "reader"}, &bytes.Buffer{})
	require.NoError(t, err)
	assert.Equal(t, "nats://127.0.0.1:4222", o.nats)
	assert.Equal(t, "tickers-kraken", o.bucket)
	assert.NotEmpty(t, o.id)

	o, err = parse(nil, &bytes.Buffer{})
	require.NoError(t, err)
	assert.Empty(t, o.nats)
	assert.Regexp(t, `^fanout-\d+-\d+$`, o.bucket)
	assert.Equal(t, 20*time.Second, o.length)
	assert.Len(t, o.self, 1)
}

func TestHosts(t *testing.T) {
	for from, want := range map[string]string{
		"nats://n1:4222": "nats://n1:4222", "n1": "n1", "tls://me:s3@cret@n1,nats://token@n2:1,me:secret@n3": "tls://n1,nats://n2:1,n3",
	} {
		assert.Equal(t, want, hosts(from))
	}
}

func TestMarketNames(t *testing.T) {
	assert.Equal(t, []string{"BTC-EUR"}, names(1))
	seen := map[string]bool{}
	for _, m := range names(mostMarkets) {
		seen[m] = true
	}
	assert.Len(t, seen, mostMarkets)
}

func names(n int) (out []string) {
	for _, m := range marketNames(n) {
		out = append(out, string(m))
	}
	return out
}
