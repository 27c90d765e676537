package exchange

import (
	"bufio"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/internal/memnet"
)

// net/http sends a GET again by itself when a kept connection turns out to be
// closed: the exchange counts both, so the budget has to as well.
func TestASecondSendingPaysToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := memnet.Listen()
		var mu sync.Mutex
		var at []time.Duration
		began := time.Now()
		served := make(chan struct{})
		go func() {
			defer close(served)
			for n := 0; ; n++ {
				c, err := l.Accept()
				if err != nil {
					return
				}
				serveOnce(c, n == 0, func() {
					mu.Lock()
					defer mu.Unlock()
					at = append(at, time.Since(began))
				})
			}
		}()
		client := l.Client()
		r := NewREST("sim", &Options{HTTPClient: client, Budget: NewBudget(1, 1)}, "http://x")
		for range 2 {
			_, err := r.Get(t.Context(), "/x", 1)
			require.NoError(t, err)
		}
		client.CloseIdleConnections()
		require.NoError(t, l.Close())
		<-served
		assert.Equal(t, []time.Duration{0, time.Second, 2 * time.Second}, at)
	})
}

// serveOnce answers the first request of a connection, and drops the connection
// on the second, if any, before it answers.
func serveOnce(c net.Conn, twice bool, arrived func()) {
	defer c.Close()
	in := bufio.NewReader(c)
	for n := range 2 {
		if _, err := http.ReadRequest(in); err != nil {
			return
		}
		arrived()
		if n == 1 {
			return
		}
		_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
		if !twice {
			return
		}
	}
}
