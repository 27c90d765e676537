package main

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tickersync/tickersync/internal/stalls"
	"github.com/tickersync/tickersync/ticker"
)

// testShow is one without processes.
func testShow(t *testing.T, readers int) (*show, *bytes.Buffer) {
	t.Helper()
	j, at := testJudge()
	var out bytes.Buffer
	s := &show{o: &options{markets: 1}, out: &out, began: at, judge: j, meter: stalls.New(time.Hour)}
	t.Cleanup(s.meter.Stop)
	for range readers {
		s.readers = append(s.readers, &reader{process: &process{name: "reader"}})
	}
	return s, &out
}

// Every promise that did not hold is named.
func TestBroken(t *testing.T) {
	s, out := testShow(t, 1)
	s.summary()
	assert.Equal(t, []string{"reader holds 2 prices that are not those of the exchange"}, s.broken)
	s, _ = testShow(t, 0)
	s.judge.keyed, s.judge.again, s.judge.foreign, s.judge.stale = 1, 2, 3, 4
	s.summary()
	assert.Equal(t, []string{
		"trades stepped back 1 times", "quotes stepped back 2 times more than once a take-over",
		"3 prices were never the exchange's", "4 prices were older than they said",
	}, s.broken)
	assert.Contains(t, out.String(), "BROKEN     reader holds 2")
}

// A process that ends is no promise broken where it was killed or may end.
func TestEnded(t *testing.T) {
	s, _ := testShow(t, 1)
	p := s.readers[0].process
	end := func(killed, ending bool, err error) {
		p.killed, s.ending = killed, ending
		s.hear(heard{from: p, ended: true, err: err})
	}
	end(true, false, errors.New("killed"))
	end(false, true, nil)
	assert.Empty(t, s.broken)
	end(false, false, nil)
	end(false, true, errors.New("exit status 1"))
	assert.Equal(t, []string{"reader has ended: <nil>", "reader has ended: exit status 1"}, s.broken)
}

func TestTakeover(t *testing.T) {
	s, _ := testShow(t, 1)
	r, standby := s.readers[0], &process{}
	to := &takeover{s: s, killed: s.began, standby: standby, stalled: map[*reader]time.Duration{r: time.Second}, back: map[*reader]time.Duration{}}
	at := func(sec float64) time.Time { return s.began.Add(time.Duration(sec * float64(time.Second))) }

	r.last = stand{At: at(1), State: ticker.Live, Newest: at(-0.1)}
	assert.False(t, to.done(), "its word is the collector's")
	r.last = stand{At: at(2), State: ticker.Syncing, Newest: at(2)}
	assert.False(t, to.done(), "not live")
	assert.Empty(t, s.broken)
	r.last = stand{At: at(2), State: ticker.Down, Newest: at(2)}
	assert.False(t, to.done())
	assert.Equal(t, []string{"reader is down, and its AsOf moves"}, s.broken)

	s.broken = nil
	r.last = stand{At: at(3.5), State: ticker.Live, Newest: at(3), Stalled: 700 * time.Millisecond}
	standby.last.Stalled = 800 * time.Millisecond
	assert.True(t, to.done())
	assert.Empty(t, s.broken, "it had no time for half a second")
	assert.Equal(t, 3500*time.Millisecond, to.back[r])

	clear(to.back)
	r.last.At = at(3.6)
	assert.True(t, to.done())
	assert.Equal(t, []string{"the take-over took 3.6s of 3.5s"}, s.broken)
}

// Readers of one state are one row.
func TestRow(t *testing.T) {
	s, out := testShow(t, 4)
	at := s.began
	for i, l := range []stand{
		{At: at, State: ticker.Live, Newest: at.Add(-time.Second), Oldest: at.Add(-2 * time.Second)},
		{At: at, State: ticker.Live, Newest: at.Add(-3 * time.Second), Oldest: at.Add(-4 * time.Second)},
		{At: at, State: ticker.Down, Newest: at.Add(-5 * time.Second)},
	} {
		s.readers[i].last = l // the fourth has not said anything
	}
	s.row()
	assert.Contains(t, out.String(), "readers    2 live, quotes 1s to 4s old\n")
	assert.Contains(t, out.String(), "readers    1 down, quotes 5s to ? old\n")
}
