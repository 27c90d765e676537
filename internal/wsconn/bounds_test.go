package wsconn_test

import (
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/internal/memnet"
	"github.com/tickersync/tickersync/internal/wsconn"
)

// A message is as long as all its frames together, and the length that a frame
// announces is not believed before it has come.
func TestReadLimitCountsEveryFrame(t *testing.T) {
	for name, frames := range map[string]struct{ first, then string }{
		"many frames":  {"\x01\x0512345", "\x00\x0512345"},
		"an exabyte":   {"\x81\x7f\x10\x00\x00\x00\x00\x00\x00\x00", "12345"},
		"pings within": {"\x01\x0512345", "\x89\x00\x00\x0512345"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := memnet.Listen()
				var raw net.Conn
				accepted := make(chan *wsconn.Conn, 1)
				srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					c, err := wsconn.Accept(raws{w, &raw}, r, 0)
					assert.NoError(t, err)
					accepted <- c
				})}
				go srv.Serve(l)
				c, err := wsconn.Dial(t.Context(), "ws://exchange.example/feed", wsconn.DialOptions{Client: l.Client(), ReadLimit: 1000})
				require.NoError(t, err)
				server := <-accepted
				ended := make(chan error)
				go func() {
					_, err := io.WriteString(raw, frames.first)
					for err == nil {
						_, err = io.WriteString(raw, frames.then)
					}
					ended <- err
				}()
				go io.Copy(io.Discard, raw) // the pongs
				got, err := c.Read(t.Context(), nil)
				require.Equal(t, wsconn.ErrTooLong, err)
				assert.Less(t, cap(got), 4096)
				require.Error(t, <-ended, "the connection ends")
				require.NoError(t, server.Close())
				require.NoError(t, srv.Close())
			})
		})
	}
}
