package ticker

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	overlapSeeds = flag.Int("overlap.seeds", 1000, "how many random hand-overs to try")
	overlapFirst = flag.Uint64("overlap.seed", 1, "the first seed")
)

// Markets pass from link to link in random histories of an exchange that knows
// the truth, with random delays on each link: nothing steps back, no AsOf promises
// more than is true, none stands still for longer than the feed's delay.
func TestOverlap(t *testing.T) {
	seeds := *overlapSeeds
	if testing.Short() {
		seeds = min(seeds, 50)
	}
	for i := range uint64(seeds) {
		seed := *overlapFirst + i
		if broken := playOverlap(t, seed, 0); broken != "" {
			t.Fatalf("-overlap.seed %d -overlap.seeds 1: %s", seed, broken)
		}
	}
}

// The histories show what goes wrong without the rules.
func TestOverlapNeedsRules(t *testing.T) {
	for name, off := range map[string]rule{
		"charge": ruleCharge, "reach": ruleReach, "overlap": ruleOverlap, "newest": ruleNewest, "kept": ruleKept, "sure": ruleSure,
	} {
		broken := 0
		for seed := range uint64(25) {
			broken += count(playOverlap(t, seed, off) != "")
		}
		assert.NotZero(t, broken, "rule %s", name)
		t.Logf("rule %s: without it %d of 25 histories fail", name, broken)
	}
}

func playOverlap(t *testing.T, seed uint64, off rule) (broken string) {
	synctest.Test(t, func(t *testing.T) {
		w := newOverlapWorld(seed)
		p := &overlapPlay{overlapWorld: w, T: t}
		p.b.off = off
		broken = p.play()
	})
	return broken
}

// overlapPlay is one history at work: the links that are open, the old one first.
type overlapPlay struct {
	*overlapWorld
	*testing.T
	b     Book
	k     *Keeper
	open  []*overlapLink
	begun bool // the first answers are merged: what follows is looked at
	lost  bool // a link was lost: what has to be asked for may stand still
	seen  map[[2]int]int
	stood map[[2]int]stood
	wrong string
}

type overlapLink struct {
	*Link
	frames []frame
}

// stood is since when an AsOf has not moved.
type stood struct{ asOf, since time.Time }

func (p *overlapPlay) fail(format string, args ...any) {
	if p.wrong == "" {
		p.wrong = fmt.Sprintf("at %v: ", p.now()) + fmt.Sprintf(format, args...)
	}
}

// connect opens a link on all markets to which the exchange has begun to tell a
// moment ago.
func (p *overlapPlay) connect() {
	fs := p.subscribe(p.now())
	p.run(p.now() + p.upTo(p.lag.Seconds()))
	for i := range fs {
		fs[i].arrives = max(fs[i].arrives, p.now()) // not before the acknowledgement
	}
	p.open = append(p.open, &overlapLink{p.b.Link(p.markets, p.feed), fs})
}

func (p *overlapPlay) play() string {
	var err error
	p.k, err = p.b.Keep("overlap")
	require.NoError(p, err)
	defer p.k.End(nil)
	p.seen, p.stood = map[[2]int]int{}, map[[2]int]stood{}
	p.connect()
	for range 3 { // until nothing is in doubt
		p.answer()
		p.run(p.now() + 5*time.Second)
	}
	p.begun = true
	p.run(p.now() + p.upTo(10))
	for p.wrong == "" && p.now() < p.until-25*time.Second {
		p.handOver()
		p.run(p.now() + p.upTo(10))
	}
	p.run(p.until - time.Second)
	p.rest()
	return p.wrong
}

// answer has REST answer for every market.
func (p *overlapPlay) answer() {
	var all []Update
	for m := range p.markets {
		for g := range groups {
			u := p.update(m, g, p.at(m, g, p.now(), false), p.now())
			u.Age = 0
			all = append(all, u)
		}
	}
	p.open[0].Answer(all, time.Now(), false)
}

// handOver replaces the link, or loses one of the two in the middle of it.
func (p *overlapPlay) handOver() {
	p.connect()
	fate, early, end := p.rng.IntN(8), p.rng.IntN(3) == 0, p.now()+p.upTo(6)
	if !early {
		end = p.now() + 5*time.Second // as engines do
	}
	for left, unsure := 1, 1; left > 0 && (p.now() < end || unsure > 0 && !early) && p.wrong == ""; {
		left, unsure = p.open[1].TakeOver()
		p.run(p.now() + 100*time.Millisecond)
	}
	switch {
	case fate == 0:
		p.lost = true
		p.open[1].Close(errors.New("reset"))
		p.open = p.open[:1]
		return
	case fate == 1:
		p.lost = true
		p.open[0].Close(errors.New("reset"))
	default:
		_, unsure := p.open[1].TakeOver()
		p.lost = p.lost || unsure > 0 // if it is too early
		p.open[0].Close(nil)
	}
	p.open = slices.Delete(p.open, 0, 1)
	end = p.now() + 6*time.Second
	for left := 1; left > 0 && p.wrong == ""; {
		left, _ = p.open[0].TakeOver()
		p.run(p.now() + 100*time.Millisecond)
		if p.now() > end {
			p.fail("%d markets have not passed", left)
		}
	}
}

// run lets frames arrive until a moment, and looks after each.
func (p *overlapPlay) run(until time.Duration) {
	for p.wrong == "" {
		var next *overlapLink
		for _, l := range p.open {
			if len(l.frames) > 0 && (next == nil || l.frames[0].arrives < next.frames[0].arrives) {
				next = l
			}
		}
		if next == nil || next.frames[0].arrives > until {
			break
		}
		f := next.frames[0]
		next.frames = next.frames[1:]
		time.Sleep(f.arrives - p.now())
		if len(f.us) > 0 {
			_ = next.Stream(f.us, time.Now())
		} else {
			next.Heard(time.Now())
		}
		p.look()
	}
	time.Sleep(until - p.now())
}

// look holds what readers see to the truth.
func (p *overlapPlay) look() {
	for m, name := range p.markets {
		if !p.begun {
			return
		}
		tk, ok := p.b.Get(name)
		require.True(p, ok)
		for g, t := range p.told {
			at, v := [2]int{m, g}, shows(&tk, g)
			if v < p.seen[at] {
				p.fail("%s group %d (%v) steps back from %d to %d", name, g, t.Kind, p.seen[at], v)
			}
			p.seen[at] = v
			asOf := tk.stamp(g).AsOf
			if next := p.truth[m][g]; v+1 < len(next) && asOf.Sub(p.began) > next[v+1].at+p.lag {
				p.fail("%s group %d (%v) %d is said to be true at %v, but ended at %v", name, g, t.Kind, v, asOf.Sub(p.began), next[v+1].at)
			}
			p.stands(at, t, asOf)
		}
	}
	if ws := p.k.Wanted(nil); len(ws) > 0 && !p.lost {
		p.fail("%v is to be asked for", ws)
	}
}

// stands looks at how long the AsOf of a group that the stream follows has stood
// still. While the links are as they should be that is no longer than a frame
// takes, and the time between two; when a market passes, once the feed's delay more.
func (p *overlapPlay) stands(at [2]int, t Told, asOf time.Time) {
	s := p.stood[at]
	if !asOf.Equal(s.asOf) || p.lost || !t.follows() {
		p.stood[at] = stood{asOf, time.Now()}
		return
	}
	most := 2*p.lag + 2*p.beat + t.owes() + 100*time.Millisecond
	if p.keyed[at[1]] {
		most = 2*p.lag + 2*p.beat + t.Delay + 100*time.Millisecond
	}
	if d := time.Since(s.since); d > most {
		p.fail("AsOf of %s group %d (%v, keyed %v) stands still for %v", p.markets[at[0]], at[1], t.Kind, p.keyed[at[1]], d)
	}
}

// rest compares the Book with the exchange, which has not changed for long.
func (p *overlapPlay) rest() {
	for m, name := range p.markets {
		tk, _ := p.b.Get(name)
		for g, t := range p.told {
			if v := p.at(m, g, p.now(), false); t.follows() && !p.lost && shows(&tk, g) != v {
				p.fail("%s group %d is %d, and remains %d", name, g, v, shows(&tk, g))
			}
		}
	}
}
