package natskv

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

const beatVersion = 1

// beat is the value of the key "status": how the publisher and its Book stand, and
// how far the word of each of the Book's links reaches. It is JSON, for people who
// look into a bucket. What stood in the Book when the links were looked at stands
// in the bucket before it.
type beat struct {
	Version   int    `json:"version"`
	Exchange  string `json:"exchange"`  // the Book's name
	Bucket    int64  `json:"bucket"`    // when the bucket was made, by the server's clock: nanoseconds since 1970
	Epoch     uint64 `json:"epoch"`     // of the publisher: one for each tenure
	Publisher string `json:"publisher"` // its Options.ID
	Phase     phase  `json:"phase"`
	Now       tick   `json:"now"` // when this was written

	// How long the heartbeat of that revision took until the broker had it, at most; of
	// the one before this, if that is known. Revision zero: it is not.
	Of   uint64        `json:"of,omitempty"`
	Took time.Duration `json:"took,omitempty"` // nanoseconds

	State       string `json:"state"` // of the Book
	Synced      bool   `json:"synced"`
	Known       int    `json:"known"`
	Total       int    `json:"total"`
	Unknown     int    `json:"unknown"`
	Refused     int    `json:"refused"`
	Connections int    `json:"connections"`
	Reconnects  int    `json:"reconnects"`
	Error       string `json:"error,omitempty"` // the last that Run went on from
	Links       []line `json:"links"`
}

// phase is what a publisher is about.
type phase string

const (
	rewriting phase = "rewriting" // it has the lease, and writes every key under its epoch
	live      phase = "live"      // every key is its own
	ended     phase = "ended"     // it has given the lease up
)

// line is the life of one link: see ticker.Life.
type line struct {
	Link    uint64 `json:"link"`
	Markets int    `json:"markets"`
	Opened  tick   `json:"opened"`
	Heard   tick   `json:"heard"` // never: no frame has come that proves data flows
	Closed  bool   `json:"closed,omitempty"`
	Error   string `json:"error,omitempty"` // why it was lost
	Trade   told   `json:"trade"`
	Quote   told   `json:"quote"`
	Stats   told   `json:"stats"`
}

// told is a ticker.Told; times are nanoseconds.
type told struct {
	Kind     ticker.Kind   `json:"kind"`
	Delay    time.Duration `json:"delay,omitempty"`
	REST     bool          `json:"rest,omitempty"`
	CacheAge time.Duration `json:"cacheAge,omitempty"`
}

// feed is the ticker.Feed that the link had.
func (l *line) feed() ticker.Feed {
	return ticker.Feed{Trade: ticker.Told(l.Trade), Quote: ticker.Told(l.Quote), Stats: ticker.Told(l.Stats)}
}

func appendBeat(dst []byte, b *beat) []byte {
	b.Version = beatVersion
	p, err := json.Marshal(b)
	if err != nil {
		panic(err) // it has nothing that JSON cannot write
	}
	return append(dst, p...)
}

// parseBeat is the inverse of appendBeat. What it cannot read is ErrForeign or
// ErrVersion.
func parseBeat(data []byte) (beat, error) {
	var b beat
	if err := parseJSON("status", data, beatVersion, &b); err != nil {
		return beat{}, err
	}
	return b, nil
}

// parseJSON reads a value that begins with its version.
func parseJSON(what string, data []byte, version int, v any) error {
	var head struct {
		Version *int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil || head.Version == nil {
		return fmt.Errorf("%w: no %s: %.64q", ErrForeign, what, data)
	}
	if *head.Version != version {
		return fmt.Errorf("%w: %s of version %d, want %d", ErrVersion, what, *head.Version, version)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%w: broken %s: %.64q", ErrForeign, what, data)
	}
	return nil
}

// clip cuts a text that is for people to a length that costs nobody anything.
func clip(s string) string {
	const most = 200
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strings.ToValidUTF8(s, "")
}
