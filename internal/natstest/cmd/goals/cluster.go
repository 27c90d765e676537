package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// clusterHeals kills, of three servers that keep the bucket together, one that does
// not lead it, and starts it again, and then the one that leads.
func clusterHeals(ctx context.Context, s settings) ([]row, error) {
	if s.quick {
		return []row{{what: "a cluster is too slow to be tried quickly", values: []float64{0}}}, nil
	}
	v, err := openVenue(ctx, s, 3)
	if err != nil {
		return nil, err
	}
	defer v.close()
	lost := row{what: "cluster of 3, one server killed and restarted, then the leader: markets lost", goal: atMost(0), all: true}
	keyed := row{what: "steps back of trades", goal: atMost(0), all: true}
	free := row{what: "steps back of one quote, more often than there were take-overs", goal: atMost(0), all: true}
	rows := map[bool]*row{false: {what: "one killed: until every market is fresh again", unit: " s"}, true: {what: "the leader killed: until every market is fresh again", unit: " s"}}
	overs := uint64(0)
	for range max(1, s.rounds/3) {
		for _, leads := range []bool{false, true} {
			_, _, _ = v.steps()
			i, err := v.pick(ctx, leads)
			if err != nil {
				return nil, err
			}
			was := v.far.book.Status().Origin.Epoch
			at := time.Now()
			v.servers[i].kill()
			if err := until(ctx, "it does not heal", func() bool { return v.fresh(at.Add(10 * time.Millisecond)) }); err != nil {
				return nil, err
			}
			rows[leads].values = append(rows[leads].values, time.Since(at).Seconds())
			if err := v.restart(ctx, i); err != nil {
				return nil, err
			}
			back := time.Now()
			if err := until(ctx, "it does not heal with all servers", func() bool { return v.fresh(back) }); err != nil {
				return nil, err
			}
			n, err := v.lost(ctx, 5*time.Second)
			if err != nil {
				return nil, err
			}
			trades, _, most := v.steps()
			passed := v.far.book.Status().Origin.Epoch - was
			overs += passed
			lost.values, keyed.values = append(lost.values, float64(n)), append(keyed.values, float64(trades))
			free.values = append(free.values, max(0, float64(most)-float64(passed)))
		}
	}
	lost.note = fmt.Sprintf("of %d, compared with the exchange at rest; %d publishers' tenures in all", len(v.sim.Markets()), overs+1)
	return []row{lost, keyed, free, *rows[false], *rows[true]}, nil
}

// pick returns which server leads the bucket, or one that does not.
func (v *venue) pick(ctx context.Context, leads bool) (which int, err error) {
	nc, js, err := connect(v.url)
	if err != nil {
		return 0, err
	}
	defer nc.Close()
	leader := ""
	err = until(ctx, "no server leads the bucket", func() bool {
		once, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		stream, err := js.Stream(once, "KV_"+venueBucket)
		if err != nil || v.far.book.Status().State != ticker.Live {
			return false
		}
		info := stream.CachedInfo()
		whole := info.Cluster != nil && len(info.Cluster.Replicas) == len(v.servers)-1
		for i := 0; whole && i < len(info.Cluster.Replicas); i++ {
			whole = info.Cluster.Replicas[i].Current && !info.Cluster.Replicas[i].Offline
		}
		if whole {
			leader = info.Cluster.Leader
		}
		return leader != ""
	})
	if err != nil {
		return 0, err
	}
	for i := range v.servers {
		if (fmt.Sprint("n", i+1) == leader) == leads {
			return i, nil
		}
	}
	return 0, errors.New("no such server")
}
