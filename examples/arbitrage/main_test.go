package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/pgtest"
	"github.com/tickersync/tickersync/ticker"
)

var postgres pgtest.Shared

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if err := postgres.Close(); err != nil && code == 0 {
			code = 1
		}
		os.Exit(code)
	}))
}

// simulate runs the program on the simulated exchanges, in virtual time.
func simulate(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		require.NoError(t, run(t.Context(), args, &world{source: source, memory: true}, &out, &notes{to: &errs}))
	})
	assert.Contains(t, errs.String(), "simulated: bitstamp and binance")
	assert.Contains(t, errs.String(), "binance: 5 markets\n")
	return out.String()
}

func TestOptions(t *testing.T) {
	for want, args := range map[string][]string{
		"no exchange \"mtgox\"":     {"-exchanges", "mtgox,kraken"},
		"at least two":              {"-exchanges", "kraken"},
		"no exchange \"quadriga\"":  {"-fees", "quadriga=0.001"},
		"is not a share":            {"-fee", "25"},
		"of kraken is not a share":  {"-fees", "kraken=1"},
		"below zero":                {"-impact-buy", "-1"},
		"record needs -db":          {"record", "-exchanges", "kraken"},
		"record needs -exchanges":   {"record", "-db", "postgres://x"},
		"report needs -db":          {"report"},
		"report needs a -step":      {"report", "-db", "postgres://x", "-step", "0"},
		"-smtp and -to go together": {"-smtp", "localhost:25"},
		"what is \"scan\"":          {"scan"},
		"-smtp: port \"smtp\"":      {"-smtp", "localhost:smtp", "-to", "a@example.org"},
		"missing port":              {"-smtp", "localhost", "-to", "a@example.org"},
		"-to: ":                     {"-smtp", "localhost:25", "-to", "me", "-from", "a@example.org"},
		"-from: ":                   {"-smtp", "localhost:25", "-to", "me@example.org", "-from", "x y"},
	} {
		var out, errs bytes.Buffer
		err := run(t.Context(), args, &world{source: source}, &out, &errs)
		require.ErrorContains(t, err, want)
		assert.Empty(t, out.String())
	}
	var errs bytes.Buffer
	require.ErrorIs(t, run(t.Context(), []string{"-fees", "kraken"}, nil, &errs, &errs), flag.ErrHelp)
	assert.Contains(t, errs.String(), `"kraken" is no exchange=fee`)
}

func TestOptionsAreTaken(t *testing.T) {
	o, err := parse([]string{"-exchanges", "kraken,coinbase", "-fees", "kraken=0.0026", "-same", "usd,usdt", "-same", "EUR,EURT", "-exclude", "luna"}, &bytes.Buffer{})
	require.NoError(t, err)
	assert.Equal(t, "0.0026", o.feeOf("kraken").String())
	assert.Equal(t, "0.0025", o.feeOf("coinbase").String())
	assert.Equal(t, [][]string{{"USD", "USDT"}, {"EUR", "EURT"}}, o.scan.SameQuote)
	assert.Equal(t, []string{"LUNA"}, o.scan.Exclude)
	assert.False(t, o.simulated)
}

// An interrupt ends the program as -for does.
func TestInterrupt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var out, errs bytes.Buffer
		require.NoError(t, run(ctx, nil, &world{source: source, memory: true}, &out, &notes{to: &errs}))
		assert.Equal(t, "no signals\n", out.String())
	})
}

// lost is an exchange that is no more.
type lost struct{ exchange.Source }

func (lost) Markets(context.Context) ([]exchange.Listing, error) {
	return nil, exchange.Permanent(errors.New("410 gone"))
}

func (lost) Snapshot(context.Context) ([]ticker.Update, error) { return nil, nil }

// Without any exchange left the program ends with an error.
func TestGivenUp(t *testing.T) {
	w := &world{source: func(name string, o exchange.Options) exchange.Source { return lost{source(name, o)} }}
	for _, args := range [][]string{
		{"-exchanges", "kraken,binance"},
		{"record", "-exchanges", "kraken", "-db", "postgres://nobody@127.0.0.1:1/none", "-spool", t.TempDir() + "/spool"},
	} {
		var out, errs bytes.Buffer
		require.ErrorIs(t, run(t.Context(), args, w, &out, &notes{to: &errs}), errGivenUp)
		assert.Contains(t, errs.String(), "kraken is given up: ")
		assert.Contains(t, errs.String(), "410 gone")
	}
}
