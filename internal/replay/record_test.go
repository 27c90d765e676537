package replay_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/internal/replay"
)

// Records are read as they were written, to the nanosecond and the byte.
func TestRecords(t *testing.T) {
	at := replay.Time{Time: time.Unix(1618677817, 123456789)}
	want := []*replay.Record{
		{T: replay.Header, TS: at, Exchange: "sim", Kind: "frame", Error: "bad \"frame\"", Missed: 1, Dropped: 2},
		{T: replay.Connect, TS: at, Conn: "1.1", Link: 1, Addr: "wss://x", Markets: []replay.Listing{{Market: "A-B", Symbol: "ab"}}},
		{T: replay.Recv, TS: at, Conn: "1.1", Link: 1},
		{T: replay.Recv, TS: at, Conn: "1.1", Link: 1},
		{T: replay.REST, TS: at, Asked: at, Call: 3, For: "fetch", Market: "A-B", Path: "/x", Status: 200, Head: replay.Headers{Age: "3"}, Cut: true},
	}
	want[2].SetData([]byte("text \u2028 <&>"))
	want[3].SetData([]byte("\xff\x00"))
	var file bytes.Buffer
	for _, r := range want {
		require.NoError(t, json.NewEncoder(&file).Encode(r))
	}
	file.WriteString("\n")
	var got []*replay.Record
	for r, err := range replay.Records(&file) {
		require.NoError(t, err)
		got = append(got, r)
	}
	require.Len(t, got, len(want))
	for i := range want {
		assert.Equal(t, want[i].Data(), got[i].Data())
		assert.True(t, want[i].TS.Equal(got[i].TS.Time))
	}
	assert.Equal(t, want, got)
	for range replay.Records(strings.NewReader("{}\n{}")) {
		break
	}
}

func TestRecordsThatCannotBeRead(t *testing.T) {
	for _, text := range []string{"{", `{"ts":-1}`, `{"ts":1e9}`, `{"ts":1.x}`, `{"ts":99999999999999}`} {
		var failed error
		for _, err := range replay.Records(strings.NewReader(text)) {
			failed = err
		}
		require.ErrorContains(t, failed, "replay: ", text)
	}
	for _, err := range replay.Records(iotest.ErrReader(assert.AnError)) {
		require.ErrorIs(t, err, assert.AnError)
	}
}

// Whatever is in a file, reading it ends.
func FuzzRecords(f *testing.F) {
	f.Add([]byte(`{"t":"recv","conn":"1","ts":1.5,"data":"x"}`))
	f.Add([]byte(`{"t":"rest","asked":1,"ts":1.000000001,"b64":"AA=="}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		for r, err := range replay.Records(bytes.NewReader(file)) {
			if err == nil {
				_ = r.Data()
			}
		}
	})
}
