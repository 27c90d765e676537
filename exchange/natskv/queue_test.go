package natskv

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

var queueSeed = flag.Uint64("queue.seed", 0, "the seed of the one history of the queue to run; 0: many")

func put(q *queue, m ticker.Market, link uint64) {
	e := q.entry(m)
	e.rec.link = link
	q.change(e)
}

func TestQueueKeepsTheNewest(t *testing.T) {
	q := newQueue()
	for i := range uint64(10) {
		put(q, "A-B", 1+i)
	}
	put(q, "C-D", 1)
	a, _ := q.take(2)
	assert.Equal(t, "m.A-B", a.key)
	assert.EqualValues(t, 10, a.rec.link)
	put(q, "A-B", 11)
	c, _ := q.take(2)
	assert.Equal(t, "m.C-D", c.key)
	e, _ := q.take(2)
	assert.Nil(t, e, "one of a market on its way at a time, and two in all")
	q.wrote(a, 5)
	e, _ = q.take(2)
	assert.Same(t, a, e)
	assert.EqualValues(t, 5, a.rev)
	q.wrote(a, 7)
	q.wrote(c, 8)
	e, _ = q.take(2)
	assert.Nil(t, e)
}

func TestQueueHeartbeatFollowsWhatItVouchesFor(t *testing.T) {
	q := newQueue()
	put(q, "A-B", 1)
	put(q, "C-D", 1)
	a, _ := q.take(9)
	q.beat(&beat{Links: []line{{Heard: 1}}})
	_, b := q.take(9) // C-D
	assert.Nil(t, b)
	q.wrote(a, 1)
	put(q, "A-B", 2)
	a, b = q.take(9)
	assert.Nil(t, b, "C-D is on its way")
	c := q.entry("C-D")
	q.failed(c)
	q.mended(c, 9)
	c, b = q.take(9)
	assert.Nil(t, b, "it has to be written again")
	q.wrote(c, 10)
	e, b := q.take(9)
	require.NotNil(t, b)
	assert.Equal(t, live, b.Phase)
	assert.EqualValues(t, 1, b.Links[0].Heard)
	q.wrote(e, 11)
	assert.Equal(t, flying, a.state, "what changed later is not waited for")
}

func TestQueueHeartbeatRepeatsWhatIsProven(t *testing.T) {
	q := newQueue()
	put(q, "A-B", 1)
	q.beat(&beat{Links: []line{{Heard: 1}}})
	q.beat(&beat{Links: []line{{Heard: 2}}, State: "down"})
	e, b := q.take(9)
	require.NotNil(t, b, "the publisher lives")
	assert.Equal(t, rewriting, b.Phase)
	assert.Empty(t, b.Links)
	assert.Equal(t, "down", b.State)
	q.wrote(e, 1)
	a, _ := q.take(9)
	q.wrote(a, 2)
	_, b = q.take(9)
	require.NotNil(t, b)
	assert.EqualValues(t, 2, b.Links[0].Heard, "both are proven: the newest")
	q.beat(&beat{Links: []line{{Heard: 3}}})
	_, b = q.take(9)
	assert.Nil(t, b, "one heartbeat on its way at a time")
}

// Whatever is slow or fails, in the end the bucket holds what was told last, and no
// heartbeat ever stands before what it vouches for.
func TestQueueHistories(t *testing.T) {
	from, to := uint64(1), uint64(300)
	if *queueSeed != 0 {
		from, to = *queueSeed, *queueSeed
	}
	for seed := from; seed <= to; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { history(t, rand.New(rand.NewPCG(seed, 0))) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func history(t *testing.T, rng *rand.Rand) {
	const markets, pending = 8, 3
	q := newQueue()
	told, bucket := map[string]uint64{}, map[string]uint64{} // the number of what was told, and of what stands
	var onTheWay []*entry
	inFlight := map[*entry]uint64{}
	words := map[tick]map[string]uint64{}
	beats := map[*entry]*beat{}
	var clock, rev uint64
	land := func(e *entry) {
		rev++
		if b := beats[e]; b != nil {
			delete(beats, e)
			if len(b.Links) > 0 {
				for key, need := range words[b.Links[0].Heard] {
					require.GreaterOrEqual(t, bucket[key], need, key)
				}
			}
			q.wrote(e, rev)
			return
		}
		bucket[e.key] = inFlight[e]
		delete(inFlight, e)
		q.wrote(e, rev)
	}
	step := func(calm bool) (busy bool) {
		switch n := rng.IntN(10); {
		case n < 4 && !calm:
			clock++
			m := ticker.Market(fmt.Sprint("M", rng.IntN(markets)))
			key, _ := marketKey(m)
			told[key] = clock
			put(q, m, clock)
		case n < 5 && !calm:
			clock++
			words[tick(clock)] = maps.Clone(told)
			q.beat(&beat{Links: []line{{Heard: tick(clock)}}})
		case n < 7:
			e, b := q.take(pending)
			if e == nil {
				break
			}
			onTheWay = append(onTheWay, e)
			if b != nil {
				beats[e] = b
			} else {
				inFlight[e] = e.rec.link
			}
		case n < 9 && len(onTheWay) > 0:
			i := rng.IntN(len(onTheWay))
			e := onTheWay[i]
			onTheWay = slices.Delete(onTheWay, i, i+1)
			if beats[e] != nil || calm || rng.IntN(4) > 0 {
				land(e)
				break
			}
			if rng.IntN(2) == 0 { // written, but nobody knows
				bucket[e.key] = inFlight[e]
			}
			delete(inFlight, e)
			q.failed(e)
		default:
			for _, e := range q.broken {
				rev++
				q.mended(e, rev)
			}
			q.broken = nil
		}
		require.LessOrEqual(t, q.flying, pending)
		require.LessOrEqual(t, len(q.line), markets)
		return len(q.line)+len(onTheWay)+len(q.broken) > 0 || q.due != nil
	}
	for range 300 {
		step(false)
	}
	for i := 0; step(true); i++ {
		require.Less(t, i, 5000, "something is never written")
	}
	require.Equal(t, told, bucket)
	require.Nil(t, q.waiting)
	require.Zero(t, q.waits)
}

// The first heartbeats of a tenure that is live follow each other at once.
func TestQueueBeatsQuicklyAtFirst(t *testing.T) {
	q := newQueue()
	q.beat(&beat{State: "live"})
	for range 1 + quickBeats {
		e, b := q.take(1)
		require.Equal(t, &q.status, e)
		assert.Equal(t, [2]any{live, "live"}, [2]any{b.Phase, b.State})
		q.wrote(e, 1)
	}
	e, _ := q.take(1)
	assert.Nil(t, e)
}
