package natstest_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/internal/natstest"
)

// Of three servers one is killed and comes back, then the one that leads the bucket: once
// that has healed nothing is lost, and no market with an order key has stepped back.
// This is real time, since servers elect each other over sockets.
func TestClusterLosesServers(t *testing.T) {
	cluster := natstest.ServeCluster(t, 3)
	s := newScene(t, keyed.Variant{}, simexchange.Config{Seed: 1, Distinct: true, Rate: 200}, func(string) (*nats.Conn, *natstest.Proxy) {
		return natstest.Connect(t, cluster.URL()), nil
	})
	s.a.opts.Replicas, s.b.opts.Replicas = 3, 3
	s.a.start(s.ctx)
	s.until(natstest.Patience, "nobody publishes", s.published(""))
	s.b.start(s.ctx)
	for _, which := range []string{"a follower", "the leader"} {
		var leader, other *natstest.Server
		s.until(natstest.Patience, "nobody leads", func() bool { leader = cluster.Leader(bucket); return leader != nil })
		for _, other = range cluster.Servers {
			if other != leader {
				break
			}
		}
		victim := map[string]*natstest.Server{"a follower": other, "the leader": leader}[which]
		epoch := s.far.Status().Origin.Epoch
		at := time.Now()
		victim.Stop()
		took := s.until(natstest.Patience, "not healed without "+which, func() bool {
			s.honest(time.Second)
			return s.published("")() && s.fresh(at)
		})
		t.Logf("%s killed: healed after %v, take-overs %d", which, took, s.far.Status().Origin.Epoch-epoch)
		require.NoError(t, victim.Restart())
		back := time.Now()
		s.until(natstest.Patience, "not healed with "+which, func() bool { return s.published("")() && s.fresh(back) })
	}
	assert.Empty(t, s.steps)
	s.sim.SetRate(0)
	rest := time.Now()
	s.until(natstest.Patience, "the rest is not told", func() bool { return s.fresh(rest.Add(time.Second)) })
	s.whole()
}

// fresh reports whether every market is known as of a later moment.
func (s *scene) fresh(at time.Time) bool {
	for t := range s.far.All() {
		if !t.Trade.AsOf.After(at) || !t.Quote.AsOf.After(at) {
			return false
		}
	}
	return s.far.Status().Known == len(s.sim.Markets())
}
