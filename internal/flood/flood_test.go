package flood_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/internal/flood"
	"github.com/tickersync/tickersync/internal/wsconn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestServer: what a client says is answered, pings too, and what is no websocket
// is served by the handler.
func TestServer(t *testing.T) {
	rest := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "[]") })
	s, err := flood.NewServer(rest, func(c *flood.Conn, message []byte) {
		assert.NoError(t, c.Write(append([]byte(c.Path+" "), message...)))
	})
	require.NoError(t, err)
	defer s.Close()
	resp, err := http.Get(s.RESTURL + "/products")
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	http.DefaultClient.CloseIdleConnections()
	assert.Equal(t, "[]", string(body))

	c, err := wsconn.Dial(t.Context(), s.URL+"/feed", wsconn.DialOptions{})
	require.NoError(t, err)
	defer c.Close()
	pinged := make(chan error, 1)
	go func() { pinged <- c.Ping(t.Context()) }()
	for _, said := range []string{"", "hello", strings.Repeat("long ", 20), strings.Repeat("longer ", 20_000)} {
		require.NoError(t, c.Write(t.Context(), []byte(said)))
		read, err := c.Read(t.Context(), nil)
		require.NoError(t, err)
		require.Equal(t, "/feed "+said, string(read))
	}
	conn := <-s.Opened()
	go func() { _, _ = c.Read(t.Context(), nil) }() // or nobody sees the pong
	require.NoError(t, <-pinged)
	require.NoError(t, conn.Write(nil))
}

// TestPlay: each message is told once in a round, with an id that rises and the
// time of its writing, however many are asked for at once.
func TestPlay(t *testing.T) {
	s, err := flood.NewServer(nil, nil)
	require.NoError(t, err)
	defer s.Close()
	c, err := wsconn.Dial(t.Context(), s.URL, wsconn.DialOptions{})
	require.NoError(t, err)
	defer c.Close()
	tape := flood.NewTape([]byte(`a ########## @@@@@@@@@@@@@`), []byte(`b ############`), []byte(`c ##########`+strings.Repeat("-", 1<<17)))
	conn := <-s.Opened()
	played := make(chan error, 1)
	go func() {
		for _, n := range []int{1, 1, 5, 3, 0, 2} {
			if err := conn.Play(tape, n); err != nil {
				played <- err
			}
		}
		played <- nil
	}()
	var names, first []byte
	last := ""
	for i := range 12 {
		m, err := c.Read(t.Context(), nil)
		require.NoError(t, err)
		if i == 0 {
			first = bytes.Clone(m)
		}
		names = append(names, m[0])
		id := strings.TrimLeft(string(m[2:]), "0")[:10]
		require.Greater(t, id, last)
		last = id
	}
	require.NoError(t, <-played)
	assert.Equal(t, "abcabcabcabc", string(names))
	assert.Regexp(t, `^a 1000000001 1[0-9]{12}$`, string(first))
	assert.Equal(t, "1000000012", last)
	assert.Equal(t, uint64(1_000_000_012), tape.ID())
}

// TestCloseUnblocks a client that reads and a server that writes what nobody reads.
func TestCloseUnblocks(t *testing.T) {
	s, err := flood.NewServer(nil, nil)
	require.NoError(t, err)
	defer s.Close()
	c, err := wsconn.Dial(t.Context(), s.URL, wsconn.DialOptions{})
	require.NoError(t, err)
	defer c.Close()
	conn := <-s.Opened()
	played := make(chan error, 1)
	go func() { played <- conn.Play(flood.NewTape(make([]byte, 1<<16)), 1_000_000) }()
	s.Close()
	require.Error(t, <-played)
	for err == nil {
		_, err = c.Read(t.Context(), nil)
	}
}
