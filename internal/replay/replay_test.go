package replay_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/internal/replay"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestFrames(t *testing.T) {
	path := write(t, "traffic.jsonl", `{"t": "connect", "conn": "a", "ts": 10.5, "addr": "wss://x"}
{"t": "send", "conn": "a", "ts": 11, "data": "{\"type\":\"subscribe\"}"}
{"t": "recv", "conn": "a", "ts": 12.25, "data": "{\"p\":\"1\"}"}

{"t":"trade","p":"2"}
[1,2]
`)
	var got []string
	for f, err := range replay.Frames(path) {
		require.NoError(t, err)
		if f.Opens {
			got = append(got, "opens "+f.Conn)
			assert.Equal(t, int64(10_500_000_000), f.At.UnixNano())
			continue
		}
		got = append(got, string(f.Data))
	}
	assert.Equal(t, []string{"opens a", `{"p":"1"}`, `{"t":"trade","p":"2"}`, `[1,2]`}, got)
}

func TestFramesThatCannotBeRead(t *testing.T) {
	for name, path := range map[string]string{
		"no file": filepath.Join(t.TempDir(), "none"),
		"kind":    write(t, "x", `{"t":"burp","conn":"a","ts":1,"data":""}`),
	} {
		t.Run(name, func(t *testing.T) {
			var failed error
			for _, err := range replay.Frames(path) {
				failed = err
			}
			require.ErrorContains(t, failed, "replay: ")
		})
	}
}

func TestClient(t *testing.T) {
	c := replay.Client(filepath.Dir(write(t, "rest_api_v3_exchangeInfo.json", `{"symbols":[]}`)))
	get := func(url string) (int, string) {
		resp, err := c.Get(url)
		require.NoError(t, err)
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(b)
	}
	status, body := get("https://api.example.com/api/v3/exchangeInfo?permissions=SPOT")
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, `{"symbols":[]}`, body)
	status, _ = get("https://api.example.com/api/v3/other")
	assert.Equal(t, http.StatusNotFound, status)
}
