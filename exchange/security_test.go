package exchange

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/internal/wsconn"
)

// exchangeTLS is an exchange on the loopback with TLS: "/" is REST, "/feed" the
// websocket, "/to?place" a redirect.
func exchangeTLS(t *testing.T, config *tls.Config) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/feed":
			c, err := wsconn.Accept(w, r, 0)
			if err != nil {
				return
			}
			defer c.Close()
			_ = c.Write(r.Context(), []byte("hello"))
			_, _ = c.Read(r.Context(), nil)
		case "/to":
			http.Redirect(w, r, r.URL.RawQuery, http.StatusFound)
		default:
			_, _ = io.WriteString(w, "{}")
		}
	}))
	srv.TLS = config
	srv.EnableHTTP2 = true
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv
}

// ask asks an exchange by REST and opens a websocket, with what comes of both.
func ask(t *testing.T, o *Options, srv *httptest.Server, rest, feed string) (restErr, feedErr error) {
	t.Helper()
	r := NewREST("sim", o, srv.URL)
	defer r.CloseIdleConnections()
	_, restErr = r.Get(t.Context(), rest, 1)
	c, feedErr := o.Connect(t.Context(), "wss"+strings.TrimPrefix(srv.URL, "https")+feed)
	if feedErr == nil {
		p, err := c.Read(t.Context(), nil)
		require.NoError(t, err)
		assert.Equal(t, "hello", string(p))
		require.NoError(t, c.Close())
	}
	if o != nil && o.HTTPClient != nil {
		o.HTTPClient.CloseIdleConnections()
	}
	return restErr, feedErr
}

func TestTLS(t *testing.T) {
	srv := exchangeTLS(t, &tls.Config{MinVersion: tls.VersionTLS12})
	rest, feed := ask(t, &Options{HTTPClient: srv.Client()}, srv, "/", "/feed")
	require.NoError(t, rest)
	require.NoError(t, feed)

	// The clients of our own know nobody who signed for this server.
	rest, feed = ask(t, nil, srv, "/", "/feed")
	var unknown x509.UnknownAuthorityError
	require.ErrorAs(t, rest, &unknown)
	require.ErrorAs(t, feed, &unknown)
}

func TestTLSIsForTheHostAsked(t *testing.T) {
	srv := exchangeTLS(t, nil)
	client := srv.Client() // trusts the certificate, which is for 127.0.0.1 and example.com
	srv.URL = strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
	rest, feed := ask(t, &Options{HTTPClient: client}, srv, "/", "/feed")
	var other x509.HostnameError
	require.ErrorAs(t, rest, &other)
	require.ErrorAs(t, feed, &other)
}

func TestTLSBefore12(t *testing.T) {
	srv := exchangeTLS(t, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}) //nolint:gosec // that is the point
	rest, feed := ask(t, nil, srv, "/", "/feed")
	require.ErrorContains(t, rest, "protocol version")
	require.ErrorContains(t, feed, "protocol version")
}

func TestRedirects(t *testing.T) {
	srv, other := exchangeTLS(t, nil), exchangeTLS(t, nil)
	o := &Options{HTTPClient: srv.Client()}
	rest, feed := ask(t, o, srv, "/to?/", "/to?/feed")
	require.NoError(t, rest, "on the same host")
	require.NoError(t, feed)
	for name, to := range map[string]string{
		"another host":      other.URL,
		"the same, in http": "http" + strings.TrimPrefix(srv.URL, "https"),
		"with a secret":     "https://user:secret@elsewhere.example",
	} {
		rest, feed := ask(t, o, srv, "/to?"+to+"/?key=secret", "/to?"+to+"/feed?key=secret")
		for _, err := range []error{rest, feed} {
			require.ErrorContains(t, err, "redirected elsewhere", name)
			err := strings.ReplaceAll(err.Error(), "/to?"+to+"/?key=secret", "what the caller asked for")
			assert.NotContains(t, err, "secret", name)
		}
	}
}

// Public feeds need no credentials, but a proxy or a mirror may.
func TestCredentialsAreNotTold(t *testing.T) {
	for name, address := range map[string]string{
		"nobody there": "http://user:secret@127.0.0.1:1/v1",
		"malformed":    "http://user:secret@[oops",
		"a query":      "http://127.0.0.1:1/v1?token=secret",
	} {
		_, err := NewREST("sim", nil, strings.TrimSuffix(address, "?token=secret")).Get(t.Context(), "/x", 1)
		require.Error(t, err, name)
		assert.NotContains(t, err.Error(), "secret", name)
		var none *Options
		_, err = none.Connect(t.Context(), "ws"+strings.TrimPrefix(address, "http"))
		require.Error(t, err, name)
		assert.NotContains(t, err.Error(), "secret", name)
	}
	assert.Equal(t, `"wss://h/stream?..."`, place("wss://u:p@h/stream?streams=a/b#c"))
}
