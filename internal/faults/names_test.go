package faults_test

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// names is a name server on the loopback that knows every name as 127.0.0.1, until
// it is gone: then it fails to answer for any.
type names struct {
	addr string
	gone atomic.Bool
}

func newNames() *names { return &names{} }

// serve answers until the function that it returns is called.
func (n *names) serve(t *testing.T) (end func()) {
	t.Helper()
	c, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	require.NoError(t, err)
	n.addr = c.LocalAddr().String()
	var wg sync.WaitGroup
	wg.Go(func() {
		buf := make([]byte, 1500)
		for {
			k, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			if k > 12 {
				_, _ = c.WriteTo(n.answer(buf[:k]), from)
			}
		}
	})
	return func() { _ = c.Close(); wg.Wait() }
}

// answer answers one question, as RFC 1035 says.
func (n *names) answer(q []byte) []byte {
	end := 12
	for end < len(q) && q[end] != 0 {
		end += int(q[end]) + 1
	}
	end = min(end+5, len(q)) // the name's end, type and class
	a := append([]byte(nil), q[:end]...)
	a[2], a[3] = 0x81, 0x80     // an answer
	copy(a[6:12], []byte{5: 0}) // with nothing but the question
	if n.gone.Load() {
		a[3] |= 2 // server failure
		return a
	}
	if q[end-3] == 1 { // an IPv4 address is asked for
		a[7] = 1
		a = append(a, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
	}
	return a
}

// resolver asks that server and no other.
func (n *names) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", n.addr)
	}}
}
