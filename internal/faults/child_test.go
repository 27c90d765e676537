package faults_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/internal/stalls"
	"github.com/tickersync/tickersync/ticker"
)

// A process that is stopped does not notice, so the library runs in a child: this
// test's program again, told by the environment where the exchange is. It writes a
// line for each price that it reads as fresh and for each change of its status.
const (
	childREST = "FAULTS_REST"
	childWS   = "FAULTS_WEBSOCKET"
)

func isChild() bool { return os.Getenv(childREST) != "" }

// child keeps a Book and reads it until its input ends.
func child() {
	src := source{Source: keyed.New(keyed.Variant{}, &exchange.Options{
		RESTURL: os.Getenv(childREST), WebSocketURL: os.Getenv(childWS),
		PingEvery: pingEvery, PongWithin: pongWithin(), RequestTimeout: requestTimeout(),
	})}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); cancel() }()
	var book ticker.Book
	done := make(chan error, 1)
	go func() { done <- fullsync.Run(ctx, &book, src, &fullsync.Options{Idle: idle()}) }()
	out := bufio.NewWriter(os.Stdout)
	said := ""
	for ctx.Err() == nil {
		fresh := 0
		for _, m := range markets(12) {
			at := time.Now()
			if q, err := book.Quote(m, promised); err == nil {
				fresh++
				fmt.Fprintln(out, "quote", at.UnixNano(), m, q.Bid, q.BidSize, q.Ask, q.AskSize)
			}
			at = time.Now()
			if t, err := book.Trade(m, promised); err == nil {
				fresh++
				fmt.Fprintln(out, "trade", at.UnixNano(), m, t.Price, t.Size)
			}
		}
		st := book.Status()
		if s := fmt.Sprintf("status %v %v %q", st.State == ticker.Live && fresh == 24, st.Reconnects, fmt.Sprint(st.LastError)); s != said {
			said = s
			fmt.Fprintln(out, s)
		}
		if out.Flush() != nil {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	if err := <-done; !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// offspring is a child as its parent sees it.
type offspring struct {
	*exec.Cmd
	stdin io.Closer
	wg    sync.WaitGroup
	reads *readers
	mu    sync.Mutex
	fresh bool   // it can read every market
	said  string // its last error
	cuts  int    // connections that replaced another
}

func bear(t *testing.T, r *rig) *offspring {
	t.Helper()
	c := &offspring{Cmd: exec.CommandContext(t.Context(), os.Args[0], fmt.Sprintf("-test.short=%v", testing.Short())), reads: &readers{r: r}}
	c.Env = append(os.Environ(), childREST+"=http://"+r.rest.addr, childWS+"=ws://"+r.ws.addr+"/stream")
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	require.NoError(t, err)
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	c.stdin = in
	c.wg.Go(func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			c.line(lines.Text())
		}
	})
	return c
}

// line takes one line of the child's.
func (c *offspring) line(s string) {
	f := strings.Fields(s)
	if f[0] == "status" {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.fresh = f[1] == "true"
		c.cuts, _ = strconv.Atoi(f[2])
		c.said, _ = strconv.Unquote(strings.Join(f[3:], " "))
		return
	}
	ns, _ := strconv.ParseInt(f[1], 10, 64)
	var v []decimal.Decimal
	for _, s := range f[3:] {
		v = append(v, decimal.MustParse(s))
	}
	held, g := ticker.Ticker{Market: ticker.Market(f[2])}, ticker.TradeGroup
	if f[0] == "quote" {
		g = ticker.QuoteGroup
		held.Quote = ticker.Quote{Bid: v[0], BidSize: v[1], Ask: v[2], AskSize: v[3]}
	} else {
		held.Trade = ticker.Trade{Price: v[0], Size: v[1]}
	}
	c.reads.judge(time.Unix(0, ns), held, g)
}

func (c *offspring) state() (fresh bool, cuts int, said string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fresh, c.cuts, c.said
}

// noticeable is how long a stop has to be noticed. Of a shorter one nothing need be
// left when what waited in the socket has been read: if the reading is sooner than
// the look at the idle time, no connection is lost.
const noticeable = 7 * time.Second

// stopped measures a program that is stopped, and goes on. What it has to notice
// counts from then.
func stopped(t *testing.T, name string, lasts time.Duration, machine *stalls.Meter) (out row) {
	r := build(t, name, setup{}, machine)
	defer r.close()
	c := bear(t, r)
	out.name = name
	wrong := func(ok bool, format string, args ...any) {
		if !ok {
			out.wrong = append(out.wrong, fmt.Sprintf(format, args...))
		}
	}
	isFresh := func() bool { fresh, _, _ := c.state(); return fresh }
	_, ok := until(15*time.Second, isFresh)
	wrong(ok, "not fresh before the fault")
	time.Sleep(calm)
	asked := r.sim.Counts().Requests
	require.NoError(t, c.Process.Signal(syscall.SIGSTOP))
	time.Sleep(lasts)
	end := time.Now()
	require.NoError(t, c.Process.Signal(syscall.SIGCONT))
	if lasts > noticeable {
		out.noticed, ok = until(5*time.Second, func() bool {
			_, cuts, said := c.state()
			out.by = brief(said)
			return cuts > 0
		})
		wrong(ok && out.noticed < time.Second+machine.Since(end), "noticed %s after it went on", seconds(out.noticed))
	}
	_, ok = until(healWithin, isFresh)
	out.heal = time.Since(end)
	wrong(ok, "not healed")
	time.Sleep(time.Second)
	out.requests = r.sim.Counts().Requests - asked
	require.NoError(t, c.stdin.Close())
	c.wg.Wait()
	wrong(c.Wait() == nil, "the program failed")
	out.fresh, out.stale = c.reads.fresh.Load(), c.reads.stale.Load()
	wrong(out.stale == 0, "%d stale prices served as fresh, up to %v late; the first: %s", out.stale, c.reads.worst, c.reads.first)
	return out
}
