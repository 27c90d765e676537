package exchange

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/internal/memnet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve answers every request with h, in memory, and returns the client for it.
func serve(t *testing.T, h http.HandlerFunc) *http.Client {
	t.Helper()
	l := memnet.Listen()
	srv := &http.Server{Handler: h}
	go srv.Serve(l)
	client := l.Client()
	t.Cleanup(func() {
		client.CloseIdleConnections()
		assert.NoError(t, srv.Close())
	})
	return client
}
