package main

import (
	"context"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// promised is how long a take-over may take, from the kill until a reader is live.
const promised = 3 * time.Second

// takeover is one that is awaited.
type takeover struct {
	s       *show
	killed  time.Time
	standby *process
	stalled map[*reader]time.Duration // of the reader and the stand-by, at the kill
	back    map[*reader]time.Duration // from the kill until the reader was live
}

// lose kills the collector, and sees the stand-by take over.
func (s *show) lose(ctx context.Context) error {
	collector, standby := s.all[0], s.all[len(s.all)-1]
	s.say("KILL", "the collector, as a power cut would; the stand-by waits until its lease is over")
	t := &takeover{s: s, killed: time.Now(), standby: standby, stalled: map[*reader]time.Duration{}, back: map[*reader]time.Duration{}}
	for _, r := range s.readers {
		t.stalled[r] = r.last.Stalled + standby.last.Stalled
	}
	collector.kill()
	s.judge.passes("", t.killed)
	if !s.until(ctx, patience, t.done) {
		return fails(ctx, "readers have not come back")
	}
	s.judge.passes("standby", time.Now())
	for _, took := range t.back {
		s.took = max(s.took, took)
	}
	if _, err := s.collect("collector"); err != nil { // its turn to stand by
		return err
	}
	s.sleep(ctx, max(afterwards, time.Until(s.began.Add(s.o.length-resting-afterwards/2))))
	return nil
}

// done looks at every reader, and reports whether all are back: live, by a word that
// only the stand-by can have given.
func (t *takeover) done() bool {
	for _, r := range t.s.readers {
		if _, back := t.back[r]; !back && r.last.Newest.After(t.killed) {
			t.look(r)
		}
	}
	return len(t.back) == len(t.s.readers)
}

// look looks at one whose AsOf has moved since the kill.
func (t *takeover) look(r *reader) {
	if r.last.State == ticker.Down {
		t.s.breaks("%s is down, and its AsOf moves", r.name)
	}
	if r.last.State != ticker.Live {
		return
	}
	took := r.last.At.Sub(t.killed)
	t.back[r] = took
	t.s.say(r.name, "live again, %s after the kill", short(took))
	// Time for which the machine gave them none is not theirs.
	allowed := promised + t.s.meter.Since(t.killed) + r.last.Stalled + t.standby.last.Stalled - t.stalled[r]
	if took > allowed {
		t.s.breaks("the take-over took %s of %s", short(took), short(allowed))
	}
}
