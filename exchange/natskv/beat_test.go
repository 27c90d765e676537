package natskv

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

func TestBeatRoundTrip(t *testing.T) {
	feed := ticker.Feed{
		Trade: ticker.Told{Kind: ticker.EveryChange, REST: true},
		Quote: ticker.Told{Kind: ticker.Throttled, Delay: time.Second, REST: true, CacheAge: 2 * time.Second},
	}
	want := beat{
		Version: beatVersion, Exchange: "kraken", Bucket: 1795500000123456789, Epoch: 7, Publisher: "a-1", Phase: live, Now: 5e9,
		State: "live", Synced: true, Known: 2, Total: 3, Refused: 1, Connections: 1, Reconnects: 4, Error: "reset",
		Links: []line{
			{Link: 3, Markets: 2, Opened: -1e9, Heard: 4e9, Trade: told(feed.Trade), Quote: told(feed.Quote)},
			{Link: 2, Opened: -2e9, Heard: never, Closed: true, Error: "reset"},
		},
	}
	got, err := parseBeat(appendBeat(nil, &want))
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.Equal(t, feed, got.Links[0].feed())
}

func TestBeatOfAnother(t *testing.T) {
	for data, want := range map[string]error{
		"":                             ErrForeign,
		"hello":                        ErrForeign,
		`{"state":"live"}`:             ErrForeign,
		`{"version":1,"epoch":"soon"}`: ErrForeign,
		`{"version":2,"epoch":"soon"}`: ErrVersion,
	} {
		_, err := parseBeat([]byte(data))
		assert.ErrorIs(t, err, want, data)
	}
}

func TestClip(t *testing.T) {
	assert.Equal(t, "short", clip("short"))
	assert.True(t, utf8.ValidString(clip("a"+strings.Repeat("é", 200)+"\xff")))
	assert.LessOrEqual(t, len(clip(strings.Repeat("x", 5000))), 203)
}

// A bucket that is usable takes the heartbeat of a Book of which half of a hundred
// and more links were lost at once.
func TestBeatFits(t *testing.T) {
	full := told{Kind: ticker.Throttled, Delay: time.Minute, REST: true, CacheAge: time.Minute}
	b := beat{Exchange: "kraken", Publisher: "a-1", Error: clip(strings.Repeat("x", 5000)), Now: 1 << 60}
	for n := range uint64(128) {
		l := line{Link: 1<<40 + n, Markets: 1000, Opened: -1 << 60, Heard: 1 << 60, Trade: full, Quote: full, Stats: full}
		if n < 64 {
			l.Closed, l.Error = true, b.Error
		}
		b.Links = append(b.Links, l)
	}
	assert.Less(t, len(appendBeat(nil, &b)), minLimit)
}
