package simexchange_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
)

// TestStorm: all faults at once, from several goroutines, while clients read.
// The race detector watches, and when it is over the exchange works.
func TestStorm(t *testing.T) {
	cfg := simexchange.Config{
		Seed: 1, Rate: 50, Batch: 5, Lag: simexchange.UpTo(time.Second), Latency: simexchange.UpTo(2 * time.Second),
	}
	traits := func(tr *simexchange.Traits) { all(tr); tr.Unordered, tr.Limit, tr.Burst = true, 20, 20 }
	bubble(t, cfg, traits, func(t *testing.T, server *simexchange.Server) {
		faults := []func(){
			func() { server.Drop() }, func() { server.Drop("BTC-LTC") }, func() { server.Hangup(1001, "") },
			func() { server.Mute(true) }, func() { server.Mute(false) }, func() { server.Mute(true, "BTC-LTC") }, server.Unmute,
			func() { server.Refuse(true, true) }, func() { server.Refuse(false, false) },
			func() { server.FailConnect(2, simexchange.Status(503)) }, func() { server.Fail(2, simexchange.Hang()) },
			func() { server.Fail(2, simexchange.Limited("1")) }, func() { server.Fail(1, simexchange.Cut()) },
			func() { time.AfterFunc(5*time.Second, server.Hold(2)) }, func() { server.CacheREST(3*time.Second, true) },
			func() { server.CacheREST(0, false) }, func() { server.ShortList(1, 5) },
			func() { server.Delay(2 * time.Second) }, func() { server.Delay(0) }, func() { server.Lose(2) }, func() { server.Repeat(3) },
			func() { server.Shuffle(time.Second) }, func() { server.Echo(0.5, time.Second) }, func() { server.Shuffle(0); server.Echo(0, 0) },
			func() { server.Junk(simexchange.AbsurdNumbers) }, func() { server.Junk(simexchange.Truncated) },
			func() { server.Delist("BTC-ETH") }, func() { server.List("BTC-ETH") },
			func() { server.Halt("BTC-ETC") }, func() { server.Resume("BTC-ETC") }, func() { server.RestartKeys(true) },
			func() { server.Tick() }, func() { server.Counts(); server.Requests(); server.Markets() },
		}
		stop := make(chan struct{})
		var wg sync.WaitGroup
		for i := range 4 {
			r := rand.New(rand.NewPCG(uint64(i), 0))
			wg.Go(func() {
				for range 300 {
					faults[r.IntN(len(faults))]()
					time.Sleep(time.Duration(r.IntN(400)) * time.Millisecond)
				}
			})
			wg.Go(func() { // a client that tries, and reads for a while
				for {
					select {
					case <-stop:
						return
					case <-time.After(time.Second):
					}
					source := adapter(server)
					_, _ = source.Fetch(t.Context(), exchange.Listing{Market: "BTC-LTC", RESTSymbol: "btc_ltc"})
					if s, err := source.Connect(t.Context(), nil); err == nil {
						closing := time.AfterFunc(5*time.Second, func() { _ = s.Close() })
						var bad *exchange.FrameError
						for err == nil || errors.As(err, &bad) {
							_, err = s.Read(t.Context(), nil)
						}
						closing.Stop()
						_ = s.Close()
					}
				}
			})
		}
		time.Sleep(3 * time.Minute)
		close(stop)
		wg.Wait()
		server.Unmute()
		server.Refuse(false, false)
		server.Fail(0, simexchange.Failure{})
		server.FailConnect(0, simexchange.Failure{})
		server.Delay(0)
		f := listen(t, server)
		time.Sleep(10 * time.Second)
		got, err := f.prices()
		assert.NoError(t, err)
		assert.NotEmpty(t, got)
	})
}
