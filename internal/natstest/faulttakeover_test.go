package natstest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/internal/natstest"
	"github.com/tickersync/tickersync/ticker"
)

const (
	takeOver = 3 * time.Second        // within which another publisher is in charge
	lag      = 100 * time.Millisecond // the most that the exchange's frames are late
)

// Whatever becomes of the publisher in charge, the stand-by is within 3 s; no market is
// lost, none is told too young meanwhile, and none with an order key steps back.
func TestTakeOver(t *testing.T) {
	ends := map[string]func(s *scene, c *collector){
		"killed":  func(_ *scene, c *collector) { c.kill() },
		"stopped": func(_ *scene, c *collector) { c.publishing() },
		"paused":  func(_ *scene, c *collector) { c.proxy.Mute(true) },
		"cut off": func(_ *scene, c *collector) { c.proxy.Down() },
	}
	for name, end := range ends {
		for _, keyless := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, keyless %v", name, keyless), func(t *testing.T) {
				natstest.Bubble(t, func(t *testing.T) { takesOver(t, keyless, end) })
			})
		}
	}
}

func takesOver(t *testing.T, keyless bool, end func(*scene, *collector)) {
	server := natstest.Serve(t, natstest.InMemory)
	s := newScene(t, keyed.Variant{Keyless: keyless}, simexchange.Config{
		Seed: 1, Memory: true, Distinct: true, Rate: 50, Lag: simexchange.UpTo(lag), Latency: simexchange.UpTo(50 * time.Millisecond),
	}, func(string) (*nats.Conn, *natstest.Proxy) {
		p := natstest.Between(t, server)
		return natstest.Connect(t, "", nats.InProcessServer(p)), p
	})
	s.a.start(s.ctx)
	s.until(time.Minute, "nobody publishes", s.published("a"))
	s.b.start(s.ctx)
	time.Sleep(10 * time.Second)
	assert.True(t, s.published("a")(), "who comes later stands by: %+v", s.far.Status().Origin)
	assert.Empty(t, s.steps)

	at := time.Now()
	ended := make(chan struct{})
	go func() { defer close(ended); end(s, s.a) }()
	took := s.until(takeOver, "nobody takes over", func() bool {
		newest := s.honest(lag)
		if s.published("b")() {
			return true
		}
		assert.False(t, newest.After(at.Add(10*time.Millisecond)), "AsOf moves, and nobody publishes")
		return false
	})
	t.Logf("taken over after %v", took)
	for range 1000 { // what the old one left behind, or sends when it wakes up, changes nothing
		time.Sleep(10 * time.Millisecond)
		s.honest(lag)
	}
	<-ended
	s.a.proxy.Mute(false)
	_ = s.a.proxy.Up()
	for range 1000 {
		time.Sleep(10 * time.Millisecond)
		s.honest(lag)
	}
	assert.True(t, s.published("b")(), "%+v", s.far.Status())
	for at, n := range s.steps {
		assert.True(t, keyless && n <= 1, "%v steps back %d times", at, n)
	}
	s.sim.SetRate(0)
	time.Sleep(time.Second)
	s.whole()
	assert.Equal(t, ticker.Live, s.far.Status().State)
}
