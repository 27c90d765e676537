package exchangetest

import (
	"errors"
	"io"
	"os"
	"testing"
	"testing/synctest"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/replay"
	"github.com/tickersync/tickersync/ticker"
)

// Replayed is what came of a recording that was played again.
type Replayed struct {
	// Recorded is the failure for which the recording was kept; its Err has the
	// text of what went wrong, not its type. Zero where the program asked for it.
	Recorded exchange.Failure
	// Failures are those of the replay, in their order.
	Failures []exchange.Failure
	// Tickers and Status are the Book's, in the end. The tickers' times are those of
	// the recording.
	Tickers []ticker.Ticker
	Status  ticker.Status
}

// Same reports whether what had gone wrong did so again: a failure of that kind,
// in the same words.
func (r *Replayed) Same() bool {
	for _, f := range r.Failures {
		if f.Kind == r.Recorded.Kind && f.Err.Error() == r.Recorded.Err.Error() {
			return true
		}
	}
	return false
}

// Replay plays a recording of an exchange.FlightRecorder on an adapter and a Book:
// each frame and each answer at its time, in virtual time, with nothing sent
// anywhere. The adapter has to be an exchange.Replayer. It is made with options
// that have it ask the recording, and must be the one that was recorded.
//
// What the engine decided is taken from the recording: when it asked, and when it
// gave a connection up. What the adapter reads, and what the Book makes of it, is
// found anew: so a frame that could not be read fails again until the adapter is
// mended, and order keys that began anew, or a ticker that REST answers otherwise,
// are noticed again. Where one connection replaced another, a market may pass to it
// at another frame than it did. A long recording lacks what there was no room for, between the
// beginning of a connection and what was sent last.
func Replay(t *testing.T, path string, source func(exchange.Options) exchange.Source) *Replayed {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out, err := replayed(t, f, source)
	if err != nil {
		t.Fatalf("exchangetest: %s: %v", path, err)
	}
	return out
}

// replayed plays a recording in a bubble of its own.
func replayed(t *testing.T, recording io.Reader, source func(exchange.Options) exchange.Source) (*Replayed, error) {
	t.Helper()
	var all []*replay.Record
	for rec, err := range replay.Records(recording) {
		if err != nil {
			return nil, err
		}
		all = append(all, rec)
	}
	if len(all) == 0 || all[0].T != replay.Header {
		return nil, errors.New("it does not begin as the recording of a FlightRecorder does")
	}
	p := newPlayer(all[0])
	var err error
	synctest.Test(t, func(*testing.T) { err = p.play(all[1:], source) })
	return &p.out, err
}
