package simexchange

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// faults is what is wrong with the exchange at the moment.
type faults struct {
	failing, failingWS   failing
	holding              holding
	short, repeat        fault
	lose                 loss
	losing               leak
	cacheAge             time.Duration
	cacheTells           bool
	refuseREST, refuseWS bool
	delayed              time.Duration
	shuffle, echoWithin  time.Duration
	echo                 float64
	muted                muteness
}

// fault is for the next n of something; for all of them if n is negative.
type fault struct {
	n     int
	paths []string
	size  int
}

// take reports whether it applies, and counts.
func (f *fault) take(path string) bool {
	if f.n == 0 {
		return false
	}
	if len(f.paths) > 0 && !slices.ContainsFunc(f.paths, func(p string) bool { return strings.Contains(path, p) }) {
		return false
	}
	if f.n > 0 {
		f.n--
	}
	return true
}

type failing struct {
	fault
	with Failure
}

func (f *failing) take(path string) *Failure {
	if !f.fault.take(path) {
		return nil
	}
	with := f.with
	return &with
}

type holding struct {
	fault
	until chan struct{}
}

func (h *holding) take(path string) <-chan struct{} {
	if !h.fault.take(path) {
		return nil
	}
	return h.until
}

// leak is a share of all updates, drawn apart from everything else that is random,
// so that the exchange is the same with and without it.
type leak struct {
	share float64
	rng   *rand.Rand
	n     int // lost so far
}

func (l *leak) takes() bool {
	if l.share <= 0 || l.rng.Float64() >= l.share {
		return false
	}
	l.n++
	return true
}

// loss is the next n messages about some markets, or any.
type loss struct {
	n       int
	markets []ticker.Market
}

func (l *loss) takes(cs []change) bool {
	if l.n == 0 {
		return false
	}
	about := func(c change) bool { return slices.Contains(l.markets, c.m.name) }
	if len(l.markets) > 0 && !slices.ContainsFunc(cs, about) {
		return false
	}
	if l.n > 0 {
		l.n--
	}
	return true
}
