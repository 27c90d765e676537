package main

import (
	"context"
	"encoding/binary"
	"runtime/metrics"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tickersync/tickersync/ticker"
)

// inFlight is how many writes are on their way to a server at once: what Publish has,
// if it is not told otherwise.
const inFlight = 256

// next is the market that changes as the i-th.
func (d *desk) next(i int) int { return i * 7919 % len(d.us) }

// feed tells so many updates a second, as an exchange does: a few each millisecond.
func (d *desk) feed(ctx context.Context, o order) (answer, error) {
	a := answer{}
	tick := time.NewTicker(max(time.Millisecond, time.Duration(float64(time.Second)/o.Rate)))
	defer tick.Stop()
	var us []ticker.Update
	var sampled time.Time
	for start := time.Now(); ; {
		now := time.Now()
		if now.Sub(start) >= o.For {
			return a, nil
		}
		if now.Sub(sampled) >= 100*time.Millisecond {
			a.Heap, sampled = append(a.Heap, heap()), now
		}
		us = us[:0]
		for due := int(now.Sub(start).Seconds() * o.Rate); a.Count < due && len(us) < len(d.us); a.Count++ {
			us = append(us, d.change(d.next(a.Count), now))
		}
		d.link.Stream(us, now)
		select {
		case <-ctx.Done():
			return a, context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// heap is what was in use at the end of the last collection, in bytes.
func heap() float64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	return float64(s[0].Value.Uint64())
}

// pairs tells one update after the other, and between two of them a bare message of
// a record's length.
func (d *desk) pairs(ctx context.Context, o order) (answer, error) {
	a := answer{}
	half := time.Duration(float64(time.Second) / o.Rate / 2)
	start := time.Now()
	for i := 0; time.Since(start) < o.For; i++ {
		if err := pause(ctx, time.Until(start.Add(time.Duration(i)*half))); err != nil {
			return a, err
		}
		now := time.Now()
		msg := append([]byte{}, d.like...)
		binary.BigEndian.PutUint64(msg, uint64(now.UnixNano())) //nolint:gosec // it is no time before 1970
		var err error
		switch {
		case i%2 == 1:
			err = d.nc.Publish(bareSubject, msg)
		case o.KV:
			_, err = d.js.PublishAsync(d.bareKey(i/2), msg)
		default:
			d.link.Stream([]ticker.Update{d.change(d.next(i/2), now)}, now)
		}
		if err != nil {
			return a, err
		}
		a.Count++
	}
	return a, nil
}

// bareKey is the subject of a key in the bucket for bare writes.
func (d *desk) bareKey(i int) string {
	return "$KV." + bareBucket + ".m." + string(d.us[d.next(i)].Market)
}

// puts writes as fast as the server takes it, by the means of JetStream's client: the
// same lengths, keys and writes in flight as Publish, and nothing else.
func (d *desk) puts(ctx context.Context, o order) (answer, error) {
	a := answer{}
	js, err := jetstream.New(d.nc, jetstream.WithPublishAsyncMaxPending(inFlight))
	if err != nil {
		return a, err
	}
	defer js.CleanupPublisher()
	for start := time.Now(); time.Since(start) < o.For; a.Count++ {
		if _, err := js.PublishAsync(d.bareKey(a.Count), d.like, jetstream.WithStallWait(patience)); err != nil {
			return a, err
		}
	}
	select {
	case <-js.PublishAsyncComplete():
		return a, nil
	case <-ctx.Done():
		return a, context.Cause(ctx)
	}
}
