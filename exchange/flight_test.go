package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/internal/replay"
	"github.com/tickersync/tickersync/ticker"
)

// frames is a connection that reads the frames given, and then fails.
type frames struct {
	Conn
	left []string
}

func (c *frames) Read(_ context.Context, dst []byte) ([]byte, error) {
	if len(c.left) == 0 {
		return nil, errBye
	}
	dst = append(dst[:0], c.left[0]...)
	c.left = c.left[1:]
	return dst, nil
}

// fly has a recorder record a connection that carries A and B to its end.
func fly(t *testing.T, r *FlightRecorder, left ...string) *Flight {
	t.Helper()
	f := r.Flight([]Listing{{Market: "A-X", Symbol: "a", RESTSymbol: "A"}, {Market: "B-X", Symbol: "b"}})
	o := Options{Dial: func(context.Context, string) (Conn, error) { return &frames{left: left}, nil }}
	c, err := o.Connect(f.Context(t.Context()), "wss://me:secret@host/feed?key=secret")
	require.NoError(t, err)
	var buf []byte
	for {
		if buf, err = c.Read(t.Context(), buf); err != nil {
			return f
		}
	}
}

// lines are the records of a recording.
func lines(t *testing.T, rec *Recording) (out []*replay.Record) {
	t.Helper()
	var b bytes.Buffer
	n, err := rec.WriteTo(&b)
	require.NoError(t, err)
	assert.EqualValues(t, b.Len(), n)
	assert.NotContains(t, b.String(), "secret")
	for rec, err := range replay.Records(&b) {
		require.NoError(t, err)
		out = append(out, rec)
	}
	return out
}

// told is what happened, in short.
func told(all []*replay.Record) (out []string) {
	for _, r := range all {
		s := r.T
		if p := r.Data(); p != nil {
			s += " " + string(p)
		}
		for _, l := range r.Markets {
			s += " " + l.Market
		}
		out = append(out, s)
	}
	return out
}

func TestFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r FlightRecorder
		r.Start("sim")
		f := fly(t, &r, "one", "\xff\x00two", "")
		time.Sleep(time.Second)
		f.Opened(map[ticker.Market]bool{"B-X": true})
		f.Carried([]Listing{{Market: "C-X"}})
		f.Closed(errBye)
		f.Closed(nil) // the first counts
		r.Failed(BrokenLink, errBye)
		r.Failed(BadFrame, errors.New("another"))
		for rec := range r.Failures(t.Context()) {
			assert.Equal(t, Failure{BrokenLink, errBye, time.Now()}, rec.Failure)
			assert.Equal(t, 1, rec.Missed)
			all := lines(t, rec)
			assert.Equal(t, []string{
				"recording", "connect A-X B-X", "recv one", "recv \xff\x00two", "recv ", "open A-X", "carry C-X", "close",
			}, told(all))
			assert.Equal(t, "sim link asked to reconnect", fmt.Sprint(all[0].Exchange, " ", all[0].Kind, " ", all[0].Error))
			assert.Equal(t, "wss://host/feed", all[1].Addr)
			assert.Equal(t, replay.Listing{Market: "A-X", Symbol: "a", REST: "A"}, all[1].Markets[0])
			assert.Equal(t, time.Second, all[5].TS.Sub(all[4].TS.Time))
			assert.Equal(t, errBye.Error(), all[7].Error)
			break
		}
	})
}

// A recording can be replayed by what replays recorded traffic.
func TestRecordingIsRecordedTraffic(t *testing.T) {
	var r FlightRecorder
	fly(t, &r, `{"price":"1"}`, "\xff")
	path := filepath.Join(t.TempDir(), "report.jsonl")
	require.NoError(t, r.Recording().WriteFile(path))
	var got []string
	for f, err := range replay.Frames(path) {
		require.NoError(t, err)
		got = append(got, fmt.Sprint(f.Conn, f.Opens, string(f.Data)))
	}
	assert.Equal(t, []string{"1.1true", `1.1false{"price":"1"}`, "1.1false\xff"}, got)
	require.ErrorIs(t, r.Recording().WriteFile(path), fs.ErrExist)
	_, err := r.Recording().WriteTo(full{})
	require.ErrorIs(t, err, errFull)
}

var errFull = errors.New("disk full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// What is kept is bounded: the beginning of each connection, and what came last.
func TestFlightIsBounded(t *testing.T) {
	const most = 1 << 20
	r := FlightRecorder{MaxBytes: most}
	for range 100 {
		var left []string
		for i := range 200 {
			left = append(left, fmt.Sprint(i, strings.Repeat("x", 1000)))
		}
		f := fly(t, &r, left...)
		f.Closed(errBye)
		require.LessOrEqual(t, r.used, most)
	}
	kept := 0
	for _, e := range r.Recording().entries {
		kept += e.size()
	}
	assert.Equal(t, r.used, kept)
	assert.Greater(t, kept, most*9/10)
	assert.Less(t, len(r.flights), 10, "of connections that are over nothing is kept when their last is gone")
	all := lines(t, r.Recording())
	assert.EqualValues(t, 100*202, int(all[0].Dropped)+len(all)-1, "the header says how much is gone")
	assert.Equal(t, replay.Close, all[len(all)-1].T)
	last := all[len(all)-202:]
	assert.Equal(t, replay.Connect, last[0].T, "the beginning of the last is there")
	fly(t, &r, strings.Repeat("x", 2*most)) // longer than all that can be kept
	assert.LessOrEqual(t, r.used, most)
}

// Failures waits, and says what waited when its context ended.
func TestFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r FlightRecorder
		ctx, cancel := context.WithCancel(t.Context())
		var got []string
		done := make(chan bool)
		go func() {
			defer close(done)
			for rec := range r.Failures(ctx) {
				got = append(got, rec.Failure.Err.Error())
				time.Sleep(time.Second)
			}
		}()
		synctest.Wait()
		r.Failed(BadFrame, errors.New("first"))
		time.Sleep(1500 * time.Millisecond)
		r.Failed(BadFrame, errors.New("second"))
		synctest.Wait()
		r.Failed(BadFrame, errors.New("third"))
		cancel()
		<-done
		assert.Equal(t, []string{"first", "second", "third"}, got)
	})
}

// Nothing is recorded by nil, and nothing costs anything.
func TestNoFlight(t *testing.T) {
	var r *FlightRecorder
	r.Start("sim")
	f := fly(t, r, "one")
	f.Opened(nil)
	f.Carried(nil)
	f.Closed(nil)
	r.Failed(BadFrame, errBye)
	assert.Equal(t, t.Context(), r.Asking(t.Context(), AskMarkets, Listing{}))
	assert.Equal(t, []string{"recording"}, told(lines(t, r.Recording())))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range r.Failures(ctx) {
		t.Error("a failure of nothing")
	}
	o := Options{Dial: func(context.Context, string) (Conn, error) { return &frames{}, nil }}
	c, err := o.Connect(t.Context(), "ws://x")
	require.NoError(t, err)
	assert.IsType(t, &frames{}, c, "without a recorder connections are as they are")
}
