package main

import (
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// judge compares what Books say with what the exchange knows to be true. It is for
// one goroutine.
type judge struct {
	truth truth
	// grace is what an age may leave out: a frame's way counts as no time.
	grace time.Duration

	active string    // the publisher that readers read; empty: nobody or not known
	since  time.Time // that has been so
	told   map[told]map[uint64]time.Time
	wait   []arrival
	delays delays

	held      map[told]uint64
	back      map[told]bool // stepped back since the last take-over
	takeovers int
	began     bool // readers are synced

	updates int // read by readers
	foreign int // values that the exchange never had
	keyed   int // steps back of trades
	once    int // steps back of quotes, the first since a take-over
	again   int // further ones
	looked  int // prices compared with their age
	stale   int // of those, older than they said
}

// truth is what the judge asks the exchange.
type truth interface {
	Find(t ticker.Ticker, g ticker.Groups, from uint64) (uint64, bool)
	VersionAt(m ticker.Market, g ticker.Groups, t time.Time) uint64
}

// told is one group of one market in one process.
type told struct {
	by     string
	market ticker.Market
	group  ticker.Groups
}

// arrival is a version that a reader's Book took in, whose way is to be measured.
type arrival struct {
	told    told // by its publisher
	since   time.Time
	version uint64
	at      time.Time
}

// settling is how long after an arrival its publisher may tell that it had it, too.
const settling = 2 * time.Second

func newJudge(t truth) *judge {
	return &judge{truth: t, grace: 250 * time.Millisecond, told: map[told]map[uint64]time.Time{}, held: map[told]uint64{}, back: map[told]bool{}}
}

// version is the one whose values a sighting has; zero: the exchange never had them.
func (j *judge) version(s *sighting) uint64 {
	if v, ok := j.truth.Find(s.ticker(), s.Group, 1); ok {
		return v
	}
	return 0
}

// published takes what a publisher's Book took in.
func (j *judge) published(by string, seen []sighting) {
	for i := range seen {
		s := &seen[i]
		k := told{by, s.Market, s.Group}
		if j.told[k] == nil {
			j.told[k] = map[uint64]time.Time{}
		}
		v := j.version(s)
		if _, again := j.told[k][v]; !again {
			j.told[k][v] = s.At
		}
	}
}

// read takes what a reader's Book took in.
func (j *judge) read(by string, seen []sighting) {
	for i := range seen {
		s := &seen[i]
		k, v := told{by, s.Market, s.Group}, j.version(s)
		if v == 0 {
			j.foreign++
			continue
		}
		was := j.held[k]
		j.held[k] = v
		switch {
		case v == was:
			continue
		case v > was:
			j.updates++
			if j.active != "" && was > 0 {
				j.wait = append(j.wait, arrival{told{j.active, s.Market, s.Group}, j.since, v, s.At})
			}
		case !j.began:
		case s.Group == ticker.TradeGroup:
			j.keyed++
		case j.takeovers > 0 && !j.back[k]:
			j.back[k] = true
			j.once++
		default:
			j.again++
		}
	}
}

// holds takes all that a reader's Book held at a moment, each with its AsOf: at that
// moment the exchange had nothing newer.
func (j *judge) holds(held []sighting, stalled time.Duration) {
	for i := range held {
		s := &held[i]
		if s.At.IsZero() {
			continue // of unknown age
		}
		j.looked++
		if v := j.version(s); v < j.truth.VersionAt(s.Market, s.Group, s.At.Add(-j.grace-stalled)) {
			j.stale++
		}
	}
}

// passes says who publishes from a moment on; at an empty name nobody does.
func (j *judge) passes(to string, at time.Time) {
	if j.active != "" && to == "" {
		j.takeovers++
		clear(j.back)
	}
	j.active, j.since, j.began = to, at, true
}

// settle measures the ways of what arrived until a moment ago, and forgets what no
// reader waits for.
func (j *judge) settle(now time.Time) {
	rest := j.wait[:0]
	for _, a := range j.wait {
		if a.at.Add(settling).After(now) {
			rest = append(rest, a)
			continue
		}
		// What the publisher had before its time was written with everything else.
		if had, ok := j.told[a.told][a.version]; ok && !had.Before(a.since) {
			j.delays.add(a.at.Sub(had))
		}
	}
	j.wait = rest
	for _, vs := range j.told {
		for v, at := range vs {
			if at.Add(10 * time.Second).Before(now) {
				delete(vs, v)
			}
		}
	}
}

// right counts the prices of a Book that are those of the exchange at a moment.
func (j *judge) right(held []sighting, at time.Time) (n int) {
	for i := range held {
		s := &held[i]
		if v := j.version(s); v > 0 && v == j.truth.VersionAt(s.Market, s.Group, at) {
			n++
		}
	}
	return n
}
