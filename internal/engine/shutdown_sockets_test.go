//go:build unix

package engine_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/internal/stalls"
	"github.com/tickersync/tickersync/ticker"
)

// silentHost takes connections and says nothing on them.
func silentHost(t *testing.T) (addr string) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var held []net.Conn
		for {
			c, err := l.Accept()
			if err != nil {
				break
			}
			held = append(held, c)
		}
		for _, c := range held {
			_ = c.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String()
}

// fullHost takes no connection: its queue of them is full, so that a dial hangs.
func fullHost(t *testing.T) (addr string) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Close(fd) })
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, syscall.Listen(fd, 0))
	name, err := syscall.Getsockname(fd)
	require.NoError(t, err)
	in, ok := name.(*syscall.SockaddrInet4)
	require.True(t, ok)
	addr = (&net.TCPAddr{IP: in.Addr[:], Port: in.Port}).String()
	for range 10 {
		c, err := (&net.Dialer{Timeout: 100 * time.Millisecond}).DialContext(t.Context(), "tcp", addr)
		if err != nil {
			return addr
		}
		t.Cleanup(func() { _ = c.Close() })
	}
	t.Skip("the system's queue of connections has no end")
	return ""
}

// Over real sockets, with the adapter's own client: wherever Run is when it is
// cancelled, twice, it returns within a second. What is left, goleak finds.
func TestShutdownOverSockets(t *testing.T) {
	machine := stalls.New(0)
	t.Cleanup(machine.Stop)
	hung := func(s *simexchange.Server) { s.Mute(false) }
	for _, c := range []struct {
		in   string
		host func(*testing.T) string // instead of the exchange's
		rest string                  // the scheme of its REST address; empty: the exchange's own
		ws   string                  // and of its websocket's
		sim  func(*simexchange.Server)
		live func(*simexchange.Server) // once the Book is
		want ticker.State
	}{
		{in: "dial, list", host: fullHost, rest: "http", want: ticker.Connecting},
		{in: "TLS handshake, list", host: silentHost, rest: "https", want: ticker.Connecting},
		{in: "request, list", host: silentHost, rest: "http", want: ticker.Connecting},
		{in: "dial", host: fullHost, ws: "ws", want: ticker.Connecting},
		{in: "TLS handshake", host: silentHost, ws: "wss", want: ticker.Connecting},
		{in: "handshake", host: silentHost, ws: "ws", want: ticker.Connecting},
		{in: "subscription", sim: func(s *simexchange.Server) { s.Mute(true) }, want: ticker.Connecting},
		{in: "subscription, cut off", sim: hung, want: ticker.Connecting},
		{in: "back-off", sim: func(s *simexchange.Server) { s.Refuse(false, true) }, want: ticker.Connecting},
		{in: "tickers", sim: func(s *simexchange.Server) { s.Fail(-1, simexchange.Hang(), "/ticker") }, want: ticker.Syncing},
		{in: "endless answer", sim: func(s *simexchange.Server) { s.Fail(-1, simexchange.Endless(), "/ticker") }, want: ticker.Syncing},
		{in: "live", live: func(*simexchange.Server) {}, want: ticker.Live},
		{in: "peer hung", live: hung, want: ticker.Live},
	} {
		for _, s := range both {
			t.Run(s.name+"/"+c.in, func(t *testing.T) {
				t.Parallel()
				sim := keyed.NewServer(keyed.Variant{}, simexchange.Config{Seed: 1, Rate: 50})
				defer sim.Close()
				if c.sim != nil {
					c.sim(sim)
				}
				o := sim.Options()
				o.HTTPClient = nil
				if c.host != nil {
					addr := c.host(t)
					if c.rest != "" {
						o.RESTURL = c.rest + "://" + addr
					} else {
						o.WebSocketURL = c.ws + "://" + addr + "/stream"
					}
				}
				w := &world{T: t, sim: sim, src: keyed.New(keyed.Variant{}, &o), done: make(chan error, 1)}
				ctx, cancel := context.WithCancelCause(t.Context())
				stopped := errors.New("stopped")
				go func() { w.done <- s.run(ctx, &w.book, w.src, settings{}) }()
				if c.live != nil {
					require.NoError(t, w.book.WaitSynced(ctx))
					w.until("live", live)
					c.live(sim)
				}
				require.Eventually(t, func() bool { return w.book.Status().State == c.want },
					20*time.Second, time.Millisecond)
				time.Sleep(200 * time.Millisecond) // the subject is real time: Run gets to where it hangs
				at := time.Now()
				cancel(stopped)
				cancel(errors.New("again"))
				require.ErrorIs(t, <-w.done, stopped)
				assert.Less(t, time.Since(at)-machine.Since(at), time.Second)
				if c.host == nil && !strings.Contains(c.in, "cut off") {
					assert.NotZero(t, sim.Counts().Requests)
				}
			})
		}
	}
}
