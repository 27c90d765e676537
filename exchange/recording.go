package exchange

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/tickersync/tickersync/internal/replay"
)

// Recording is what a FlightRecorder had at one moment. It does not change, but
// for Missed while it waits to be taken.
type Recording struct {
	Exchange string
	// Failure is why it was kept; zero where the program asked for it.
	Failure Failure
	// Missed counts the failures that came while this one waited to be taken.
	Missed int

	at      time.Time
	dropped uint64
	entries []*entry
}

// WriteTo writes the recording as JSON lines: first one that says what went wrong,
// then a record for each thing that happened, in the form of recorded traffic that
// the tests of the adapters replay. exchangetest.Replay reads it. It may be called
// again and again.
func (r *Recording) WriteTo(w io.Writer) (int64, error) {
	n := &counter{w: w}
	b := bufio.NewWriter(n)
	lines := json.NewEncoder(b)
	lines.SetEscapeHTML(false)
	head := replay.Record{T: replay.Header, TS: replay.Time{Time: r.at}, Exchange: r.Exchange, Kind: string(r.Failure.Kind), Missed: r.Missed, Dropped: r.dropped}
	if r.Failure.Err != nil {
		head.Error = r.Failure.Err.Error()
	}
	err := lines.Encode(head)
	entries := slices.Clone(r.entries)
	slices.SortFunc(entries, func(x, y *entry) int { return cmp.Compare(x.seq, y.seq) })
	for _, e := range entries {
		if err != nil {
			break
		}
		err = lines.Encode(e.line())
	}
	if err == nil {
		err = b.Flush()
	}
	if err != nil {
		err = fmt.Errorf("exchange: writing a recording: %w", err)
	}
	return n.n, err
}

// WriteFile writes the recording to a new file, as WriteTo does. Where there is a
// file of that name the error is fs.ErrExist.
func (r *Recording) WriteFile(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("exchange: %w", err)
	}
	_, err = r.WriteTo(f)
	if e := f.Close(); err == nil && e != nil {
		err = fmt.Errorf("exchange: %w", e)
	}
	return err
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
