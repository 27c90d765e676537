package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tickersync/tickersync/ticker"
)

// A link is restarted for the third mismatch in ten minutes, or when its stream
// tells a market no more; if that does not help, less and less often.
func TestRestartsForMismatches(t *testing.T) {
	var began time.Time
	after := func(m float64) time.Time { return began.Add(time.Duration(m * float64(time.Minute))) }
	link, next := new(ticker.Link), new(ticker.Link)
	once := []ticker.Mismatch{{Market: "A-X", Link: link}}
	silent := []ticker.Mismatch{{Market: "A-X", Link: link}, {Market: "B-X", Link: link, Silent: true}}
	other := []ticker.Mismatch{{Market: "A-X", Link: next}}

	c := &record{}
	assert.False(t, c.restarts(after(0), once))
	assert.False(t, c.restarts(after(4), once))
	assert.True(t, c.restarts(after(9), once), "the third in ten minutes")
	c = &record{}
	for m := range 10 {
		assert.False(t, c.restarts(after(float64(6*m)), once), "two in ten minutes")
	}
	c = &record{}
	assert.False(t, c.restarts(after(0), once))
	assert.False(t, c.restarts(after(1), once))
	assert.False(t, c.restarts(after(2), other), "the others were another link's")
	c = &record{}
	assert.True(t, c.restarts(after(0), silent))
	assert.False(t, c.restarts(after(0.5), silent), "spared for a minute")
	assert.True(t, c.restarts(after(1), silent))
	assert.False(t, c.restarts(after(2.5), silent), "for two")
	at := 3.0
	for _, spared := range []float64{4, 8, 16, 32, 60, 60} {
		assert.True(t, c.restarts(after(at), silent))
		assert.False(t, c.restarts(after(at+spared-0.5), silent), "spared for %v minutes", spared)
		at += spared
	}
	assert.True(t, c.restarts(after(at+61), silent), "an hour later than it had to be")
	assert.True(t, c.restarts(after(at+62), silent), "and so it begins at a minute again")
}
